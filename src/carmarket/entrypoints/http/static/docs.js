// Shows the OpenAPI document; a file of its own, since the page allows no inline script.
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null });
