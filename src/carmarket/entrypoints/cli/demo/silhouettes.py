"""
Nine body styles seen from the side, nose to the left: centimetres from the nose and above the road.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.core.catalog.vehicle import BodyStyle

Corner = tuple[float, float, float]
"""A corner of an outline and how far before and after it the line bends."""


@frozen(kw_only=True)
class Silhouette:
    """What is different between the side views of two body styles."""

    outline: tuple[Corner, ...]
    glass: tuple[Corner, ...]
    pillars: tuple[tuple[float, float], ...]
    """Where a pillar stands on the belt line and where it meets the roof."""
    doors: tuple[tuple[float, float], ...]
    """Where each door begins and ends."""
    wheels: tuple[float, float]
    tyre: float
    belt: float
    """The height of the windows' lower edge."""
    headlight: tuple[Corner, ...]
    taillight: tuple[Corner, ...]
    seats: tuple[float, ...] = ()
    rugged: bool = False
    """Whether sills and wheel arches are of dark plastic."""
    rails: tuple[float, float] | None = None
    """Where roof rails begin and end."""
    is_open: bool = False
    has_bed: bool = False

    @property
    def length(self) -> float:
        return max(x for x, _, _ in self.outline)

    @property
    def height(self) -> float:
        return max(y for _, y, _ in self.outline)

    @property
    def sill(self) -> float:
        return min(y for _, y, _ in self.outline)


SILHOUETTES = {
    BodyStyle.SEDAN: Silhouette(
        outline=(
            *((12, 22, 8), (0, 34, 10), (1, 60, 12), (10, 77, 16), (44, 88, 40), (136, 99, 32), (202, 139, 44)),
            *((304, 144, 60), (398, 105, 40), (468, 101, 14), (487, 82, 14), (489, 40, 10), (478, 22, 8)),
        ),
        glass=((148, 101, 5), (204, 133, 14), (302, 137, 26), (384, 104, 8), (360, 101, 4)),
        pillars=((266, 260), (350, 336)),
        doors=((146, 268), (268, 356)),
        wheels=(96, 384),
        tyre=34,
        belt=101,
        headlight=((4, 70, 3), (14, 79, 4), (52, 84, 10), (44, 74, 8)),
        taillight=((489, 84, 4), (474, 95, 6), (446, 93, 6), (456, 82, 6)),
        seats=(228, 312),
    ),
    BodyStyle.HATCHBACK: Silhouette(
        outline=(
            *((12, 24, 8), (0, 36, 10), (1, 66, 12), (10, 84, 18), (36, 97, 30), (96, 110, 30), (162, 149, 44)),
            *((262, 153, 50), (346, 146, 8), (366, 106, 12), (382, 92, 12), (386, 44, 10), (376, 24, 8)),
        ),
        glass=((108, 112, 5), (164, 143, 14), (260, 146, 24), (318, 141, 10), (344, 114, 8)),
        pillars=((226, 220), (308, 288)),
        doors=((106, 228), (228, 312)),
        wheels=(80, 314),
        tyre=34,
        belt=112,
        headlight=((3, 78, 3), (13, 89, 5), (46, 96, 10), (38, 83, 8)),
        taillight=((368, 112, 3), (361, 128, 4), (346, 108, 6), (352, 94, 6), (382, 95, 4)),
        seats=(190, 268),
    ),
    BodyStyle.WAGON: Silhouette(
        outline=(
            *((12, 22, 8), (0, 34, 10), (1, 60, 12), (10, 77, 16), (44, 88, 40), (142, 99, 34), (210, 139, 50)),
            *((320, 145, 90), (446, 136, 12), (482, 96, 16), (489, 80, 12), (490, 40, 10), (479, 22, 8)),
        ),
        glass=((154, 101, 5), (212, 133, 14), (320, 138, 40), (436, 129, 10), (458, 102, 8)),
        pillars=((266, 260), (354, 346)),
        doors=((150, 268), (268, 356)),
        wheels=(96, 384),
        tyre=34,
        belt=101,
        headlight=((4, 70, 3), (14, 79, 4), (52, 84, 10), (44, 74, 8)),
        taillight=((489, 92, 4), (478, 103, 5), (452, 98, 6), (458, 86, 6), (490, 82, 4)),
        seats=(232, 318),
        rails=(248, 444),
    ),
    BodyStyle.COUPE: Silhouette(
        outline=(
            *((14, 18, 8), (0, 30, 10), (2, 52, 12), (16, 68, 20), (60, 80, 50), (166, 92, 40), (236, 125, 56)),
            *((300, 127, 66), (394, 97, 50), (446, 98, 8), (460, 82, 12), (461, 36, 10), (450, 18, 8)),
        ),
        glass=((176, 93, 4), (238, 119, 16), (302, 120, 40), (366, 99, 10), (330, 93, 6)),
        pillars=((318, 300),),
        doors=((172, 322),),
        wheels=(94, 372),
        tyre=35,
        belt=93,
        headlight=((8, 62, 3), (22, 71, 5), (62, 76, 12), (50, 65, 10)),
        taillight=((460, 84, 4), (448, 92, 5), (412, 90, 6), (420, 80, 6)),
        seats=(258,),
    ),
    BodyStyle.CONVERTIBLE: Silhouette(
        outline=(
            *((14, 18, 8), (0, 30, 10), (2, 52, 12), (16, 68, 20), (58, 79, 46), (160, 90, 16), (178, 89, 10)),
            *((316, 91, 8), (336, 99, 14), (372, 97, 20), (428, 93, 10), (440, 78, 12), (441, 36, 10), (430, 18, 8)),
        ),
        glass=((158, 88, 3), (211, 125, 6), (218, 122, 4), (190, 88, 3)),
        pillars=(),
        doors=((176, 316),),
        wheels=(92, 354),
        tyre=34,
        belt=91,
        headlight=((8, 62, 3), (22, 71, 5), (62, 76, 12), (50, 65, 10)),
        taillight=((440, 82, 4), (428, 90, 5), (394, 88, 6), (402, 78, 6)),
        seats=(262,),
        is_open=True,
    ),
    BodyStyle.SUV: Silhouette(
        outline=(
            *((14, 34, 8), (0, 48, 10), (1, 80, 12), (8, 100, 14), (34, 112, 28), (132, 123, 28), (182, 167, 38)),
            *((300, 173, 70), (424, 165, 12), (454, 122, 14), (464, 102, 12), (466, 52, 10), (454, 34, 8)),
        ),
        glass=((144, 124, 5), (184, 160, 14), (300, 166, 40), (412, 158, 12), (432, 126, 8)),
        pillars=((248, 242), (342, 334)),
        doors=((140, 250), (250, 344)),
        wheels=(94, 374),
        tyre=39,
        belt=124,
        headlight=((2, 92, 3), (9, 103, 4), (50, 109, 10), (44, 98, 8)),
        taillight=((464, 108, 4), (450, 128, 5), (430, 120, 6), (438, 104, 6)),
        seats=(216, 306),
        rugged=True,
        rails=(222, 418),
    ),
    BodyStyle.PICKUP: Silhouette(
        outline=(
            *((14, 42, 8), (0, 54, 8), (0, 100, 10), (8, 116, 10), (36, 122, 20), (136, 127, 22), (188, 172, 34)),
            *((318, 175, 26), (346, 131, 6), (352, 125, 4), (546, 125, 6), (554, 112, 8), (556, 60, 8), (546, 42, 8)),
        ),
        glass=((148, 129, 5), (192, 166, 12), (314, 168, 14), (334, 129, 6)),
        pillars=((252, 250),),
        doors=((144, 254), (254, 342)),
        wheels=(104, 448),
        tyre=42,
        belt=129,
        headlight=((1, 98, 3), (6, 114, 4), (38, 118, 6), (38, 100, 5)),
        taillight=((556, 88, 3), (554, 122, 3), (540, 122, 3), (541, 88, 3)),
        seats=(220, 296),
        rugged=True,
        has_bed=True,
    ),
    BodyStyle.MINIVAN: Silhouette(
        outline=(
            *((12, 24, 8), (0, 36, 10), (1, 66, 14), (14, 88, 22), (52, 104, 36), (112, 122, 40), (198, 164, 70)),
            *((320, 171, 90), (462, 162, 14), (492, 108, 16), (498, 88, 12), (499, 42, 10), (488, 24, 8)),
        ),
        glass=((100, 110, 5), (126, 124, 12), (202, 157, 30), (322, 164, 60), (450, 155, 14), (472, 110, 8)),
        pillars=((156, 168), (258, 250), (366, 358)),
        doors=((146, 260), (260, 370)),
        wheels=(98, 404),
        tyre=35,
        belt=110,
        headlight=((4, 80, 3), (14, 92, 5), (62, 103, 12), (50, 88, 8)),
        taillight=((496, 102, 4), (482, 128, 5), (472, 116, 5), (476, 92, 6), (498, 90, 4)),
        seats=(224, 316),
    ),
    BodyStyle.VAN: Silhouette(
        outline=(
            *((14, 30, 8), (0, 44, 10), (1, 84, 12), (8, 106, 14), (36, 120, 22), (78, 134, 20), (142, 214, 40)),
            *((196, 236, 40), (534, 240, 16), (550, 214, 30), (556, 120, 30), (557, 48, 8), (548, 30, 8)),
        ),
        glass=((90, 134, 6), (142, 199, 16), (212, 204, 8), (216, 134, 6)),
        pillars=((118, 126),),
        doors=((108, 222), (222, 342)),
        wheels=(102, 444),
        tyre=38,
        belt=134,
        headlight=((2, 88, 3), (10, 110, 5), (42, 118, 8), (38, 94, 8)),
        taillight=((557, 94, 3), (556, 138, 3), (542, 138, 3), (543, 94, 3)),
        seats=(186,),
    ),
}
