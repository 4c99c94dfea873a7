package io.orizuru.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.module.jackson.JacksonModule;
import com.github.victools.jsonschema.module.jackson.JacksonOption;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** The API's description in OpenAPI 3.1, derived from the operations and nothing else. Made once, when it is first asked for. */
@ApplicationScoped
public class Description {
    private static final Pattern NAME_IN_PATH = Pattern.compile("\\{(\\w+)}");
    private static final Map<Integer, String> MEANINGS = Map.ofEntries(
            Map.entry(101, "the connection becomes a WebSocket; what goes wrong is a text that begins with Error:"),
            Map.entry(200, "done"),
            Map.entry(201, "made"),
            Map.entry(204, "done, or nothing to list"),
            Map.entry(400, "the input is wrong; the text says what"),
            Map.entry(401, "no valid credentials"),
            Map.entry(403, "not permitted"),
            Map.entry(404, "not there"),
            Map.entry(409, "there already, or another operation is under way"),
            Map.entry(410, "gone for good"),
            Map.entry(412, "not in this state"),
            Map.entry(413, "too large"),
            Map.entry(429, "too many requests; Retry-After says when to try again"),
            Map.entry(500, "a defect of the server; the text has the error's id"),
            Map.entry(503, "not now; try again after Retry-After seconds"),
            Map.entry(507, "too little room on the disk; what frees some goes on"));

    private final Operations operations;
    private final ObjectMapper json;
    private final String version;
    private final SchemaGenerator schemas;
    private @Nullable ObjectNode made;

    Description(
            Operations operations,
            ObjectMapper json,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.operations = operations;
        this.json = json;
        this.version = version;
        this.schemas = new SchemaGenerator(
                new SchemaGeneratorConfigBuilder(json, SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
                        .with(new JacksonModule(JacksonOption.RESPECT_JSONPROPERTY_ORDER))
                        .without(Option.SCHEMA_VERSION_INDICATOR)
                        .with(Option.INLINE_ALL_SCHEMAS)
                        .build());
    }

    /** The whole description. */
    public synchronized JsonNode openApi() {
        if (made == null) {
            made = make();
        }
        return made;
    }

    private ObjectNode make() {
        ObjectNode root = json.createObjectNode();
        root.put("openapi", "3.1.0");
        root.putObject("info").put("title", "Orizuru").put("version", version);
        ObjectNode paths = root.putObject("paths");
        for (OperationDescriptor operation : operations.all()) {
            describe(paths, operation, operation.path());
            describe(paths, operation, "/" + operation.since() + operation.path());
            operation.aliases().forEach(alias -> describe(paths, operation, alias));
        }
        root.putObject("components")
                .putObject("securitySchemes")
                .putObject("token")
                .put("type", "http")
                .put("scheme", "bearer");
        return root;
    }

    private void describe(ObjectNode paths, OperationDescriptor operation, String path) {
        ObjectNode node =
                paths.withObjectProperty(path).putObject(operation.method().toLowerCase(Locale.ROOT));
        node.put("summary", operation.title());
        node.put("operationId", operationId(operation, path));
        node.put("x-since", operation.since());
        if (!operation.permissions().isEmpty()) {
            operation.permissions().forEach(node.withArrayProperty("x-permissions")::add);
        }
        if (operation.eventKind() != null) {
            node.put("x-event-kind", operation.eventKind());
            node.put("x-cancelable", operation.cancelable());
        }
        if (!operation.body().isNone()) {
            node.put("x-max-body-bytes", operation.body().bytes());
        }
        ArrayNode security = node.putArray("security");
        if (!operation.open()) {
            security.addObject().putArray("token");
        }
        parameters(node, path);
        input(node, operation);
        responses(node, operation);
    }

    private static String operationId(OperationDescriptor operation, String path) {
        String named = path.length() > 1 && path.endsWith("/") ? path + "slash" : path;
        return (operation.method().toLowerCase(Locale.ROOT) + named)
                .replaceAll("[^a-zA-Z0-9]+", "_")
                .replaceAll("_$", "");
    }

    private static void parameters(ObjectNode node, String path) {
        Matcher names = NAME_IN_PATH.matcher(path);
        ArrayNode parameters = node.putArray("parameters");
        while (names.find()) {
            parameters
                    .addObject()
                    .put("name", names.group(1))
                    .put("in", "path")
                    .put("required", true)
                    .putObject("schema")
                    .put("type", "string");
        }
    }

    /** Input is read from the query as well as from the body; where there is no body, only from the query. */
    private void input(ObjectNode node, OperationDescriptor operation) {
        if (operation.input() == Void.class) {
            return;
        }
        ObjectNode schema = schemas.generateSchema(operation.input());
        if (List.of("GET", "DELETE").contains(operation.method())) {
            schema.path("properties").properties().forEach(property -> node.withArrayProperty("parameters")
                    .addObject()
                    .put("name", property.getKey())
                    .put("in", "query")
                    .set("schema", property.getValue()));
            return;
        }
        ObjectNode content = node.putObject("requestBody").putObject("content");
        for (String type : List.of("application/json", "application/x-www-form-urlencoded", "multipart/form-data")) {
            content.putObject(type).set("schema", schema);
        }
    }

    private void responses(ObjectNode node, OperationDescriptor operation) {
        ObjectNode responses = node.putObject("responses");
        for (int status : operation.statuses()) {
            ObjectNode response = response(responses, status);
            if (status < 204 && operation.output() != Void.class) {
                response.putObject("content")
                        .putObject("application/json")
                        .set("schema", schemas.generateSchema(operation.output()));
            } else if (status >= 400) {
                text(response);
            }
        }
        if (!operation.open()) {
            text(response(responses, 401));
        }
        if (operation.cost() != Api.Cost.NONE) {
            text(response(responses, 429));
        }
        if (operation.grows()) {
            text(response(responses, 507));
        }
        text(response(responses, 500));
    }

    private static ObjectNode response(ObjectNode responses, int status) {
        return responses
                .withObjectProperty(Integer.toString(status))
                .put("description", MEANINGS.getOrDefault(status, "see the text"));
    }

    private static void text(ObjectNode response) {
        response.withObjectProperty("content")
                .putObject("text/plain")
                .putObject("schema")
                .put("type", "string");
    }
}
