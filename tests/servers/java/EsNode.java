import java.nio.file.Path;
import java.util.List;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.mapper.MapperExtrasPlugin;
import org.elasticsearch.reindex.ReindexPlugin;
import org.elasticsearch.node.Node;
import org.elasticsearch.percolator.PercolatorPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.transport.Netty4Plugin;

/** One node of Elasticsearch from its jars alone; it ends when its standard input does. */
public final class EsNode extends Node {
    private EsNode(Environment environment, List<Class<? extends Plugin>> plugins) {
        super(environment, plugins, false);
    }

    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        Settings settings = Settings.builder()
            .put("path.home", home.toString())
            .put("node.name", "tests")
            .put("cluster.name", "carmarket-tests")
            .put("network.host", "127.0.0.1")
            .put("http.port", args[1])
            .put("transport.port", "0")
            .put("discovery.type", "single-node")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
        Environment environment = new Environment(settings, null);
        LogConfigurator.configureWithoutConfig(settings);
        try (Node node = new EsNode(environment, List.of(
                Netty4Plugin.class, PercolatorPlugin.class, ReindexPlugin.class, MapperExtrasPlugin.class))) {
            node.start();
            System.out.println("READY");
            while (System.in.read() != -1) {
                continue;
            }
        }
    }
}
