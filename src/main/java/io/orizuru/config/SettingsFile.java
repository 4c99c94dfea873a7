package io.orizuru.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The settings file: one YAML mapping. Every getter reports what is wrong with its part and then gives what could be
 * read, so that all problems come out in one go.
 */
final class SettingsFile {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final Set<String> ONLY_HERE = Set.of(
            "routers", "default-provisioner", "volume-plans", "user-registration", "outgoing", "limits", "build");
    private static final String NAME = "[a-z][a-z0-9-]{0,62}";

    private final String name;
    private final Path directory;
    private final JsonNode root;
    private final Consumer<String> problems;

    private SettingsFile(Path file, JsonNode root, Consumer<String> problems) {
        this.name = String.valueOf(file.getFileName());
        this.directory = file.toAbsolutePath().normalize().resolveSibling("");
        this.root = root;
        this.problems = problems;
    }

    static SettingsFile empty(Consumer<String> problems) {
        return new SettingsFile(Path.of("orizuru.yaml"), MissingNode.getInstance(), problems);
    }

    static SettingsFile read(Path file, Consumer<String> problems) {
        JsonNode root = MissingNode.getInstance();
        try {
            root = YAML.readTree(Files.readString(file));
        } catch (JacksonException e) {
            problems.accept(file + ": line "
                    + (e.getLocation() == null ? 0 : e.getLocation().getLineNr()) + ": "
                    + e.getOriginalMessage().lines().findFirst().orElse("not YAML"));
        } catch (IOException e) {
            problems.accept(file + ": cannot be read (" + e.getClass().getSimpleName() + ")");
        }
        SettingsFile result = new SettingsFile(file, root, problems);
        if (root.isNull() || root.isMissingNode()) {
            return empty(problems);
        }
        if (!root.isObject()) {
            problems.accept(file + ": is not a mapping of settings");
            return empty(problems);
        }
        Set<String> known = new HashSet<>(ONLY_HERE);
        for (Setting setting : Setting.values()) {
            known.add(setting.key);
        }
        result.refuseOthers("", root, known);
        return result;
    }

    /** Paths in the file are relative to it. */
    Path directory() {
        return directory;
    }

    String place(String path) {
        return name + ": " + path;
    }

    /** A setting that flags and variables have too; a list reads as its elements joined by commas. */
    @Nullable
    String text(Setting setting) {
        JsonNode node = root.path(setting.key);
        if (node.isArray()) {
            List<String> parts = new ArrayList<>();
            node.forEach(part -> parts.add(scalar(setting.key, part)));
            return String.join(",", parts);
        }
        if (node.isMissingNode() || isScalar(node)) {
            return node.isMissingNode() ? null : node.asText();
        }
        problem(setting.key, "is not a single value");
        return null;
    }

    boolean userRegistration() {
        JsonNode node = root.path("user-registration");
        if (!node.isMissingNode() && !node.isBoolean()) {
            problem("user-registration", "\"" + node.asText() + "\" is neither true nor false");
        }
        return node.asBoolean(false);
    }

    String defaultProvisioner() {
        JsonNode node = root.path("default-provisioner");
        String value = node.isMissingNode() ? "process" : node.asText();
        if (!value.matches(NAME)) {
            problem("default-provisioner", "\"" + value + "\" is not a name such as process");
        }
        return value;
    }

    List<Network> outgoingAllowed() {
        JsonNode outgoing = mapping("outgoing", root.path("outgoing"), Set.of("allow"));
        List<Network> networks = new ArrayList<>();
        for (String text : list("outgoing.allow", outgoing.path("allow"))) {
            try {
                networks.add(Network.parse(text));
            } catch (IllegalArgumentException e) {
                problem("outgoing.allow", String.valueOf(e.getMessage()));
            }
        }
        return List.copyOf(networks);
    }

    Settings.Limits limits() {
        JsonNode limits = mapping(
                "limits",
                root.path("limits"),
                Set.of(
                        "connections",
                        "connections-per-address",
                        "requests-per-token",
                        "requests-per-address",
                        "logins-per-address"));
        Settings.Limits usual = Settings.Limits.USUAL;
        return new Settings.Limits(
                limit(limits, "connections", usual.connections()),
                limit(limits, "connections-per-address", usual.connectionsPerAddress()),
                limit(limits, "requests-per-token", usual.requestsPerToken()),
                limit(limits, "requests-per-address", usual.requestsPerAddress()),
                limit(limits, "logins-per-address", usual.loginsPerAddress()));
    }

    private int limit(JsonNode limits, String key, int usual) {
        JsonNode node = limits.path(key);
        if (node.isMissingNode()) {
            return usual;
        }
        if (!node.isInt() || node.asInt() < 0 || node.asInt() > 1_000_000) {
            problem("limits." + key, "\"" + node.asText() + "\" is not a whole number from 0 (no limit) to 1000000");
            return usual;
        }
        return node.asInt();
    }

    Settings.BuildEnvironment build() {
        JsonNode build = mapping("build", root.path("build"), Set.of("environment", "files"));
        Map<String, String> environment = strings("build.environment", build.path("environment"));
        for (String variable : environment.keySet()) {
            if (!variable.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                problem("build.environment", "\"" + variable + "\" is not a variable's name");
            }
        }
        List<Path> files = new ArrayList<>();
        for (String text : list("build.files", build.path("files"))) {
            Path file = directory.resolve(text).normalize();
            if (!Files.isReadable(file)) {
                problem("build.files", "\"" + file + "\" is not there or cannot be read");
            }
            files.add(file);
        }
        return new Settings.BuildEnvironment(environment, List.copyOf(files));
    }

    Map<String, Map<String, Map<String, Object>>> volumePlans() {
        Map<String, Map<String, Map<String, Object>>> plans = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> plan : fields("volume-plans", root.path("volume-plans"))) {
            Map<String, Map<String, Object>> byProvisioner = new LinkedHashMap<>();
            String path = "volume-plans." + plan.getKey();
            for (Map.Entry<String, JsonNode> entry : fields(path, plan.getValue())) {
                if (fields(path + "." + entry.getKey(), entry.getValue()).isEmpty()) {
                    continue;
                }
                byProvisioner.put(entry.getKey(), YAML.convertValue(entry.getValue(), new TypeReference<>() {}));
            }
            plans.put(plan.getKey(), byProvisioner);
        }
        return Map.copyOf(plans);
    }

    /** The routers of the file; without any there is one, named main, for {@code domain}. */
    List<Settings.RouterSettings> routers(String domain) {
        JsonNode node = root.path("routers");
        if (node.isMissingNode()) {
            return List.of(new Settings.RouterSettings("main", "builtin", domain, Map.of(), true));
        }
        List<Settings.RouterSettings> routers = new ArrayList<>();
        if (!node.isArray() || node.isEmpty()) {
            problem("routers", "is not a list of at least one router");
            return routers;
        }
        Map<String, Integer> names = new HashMap<>();
        boolean hasDefault = false;
        for (int i = 0; i < node.size(); i++) {
            Settings.RouterSettings router = router("routers[" + i + "]", node.get(i), domain);
            Integer earlier = names.putIfAbsent(router.name(), i);
            if (earlier != null) {
                problem("routers[" + i + "].name", "\"" + router.name() + "\" is routers[" + earlier + "] already");
            }
            if (router.isDefault() && hasDefault) {
                problem("routers[" + i + "].default", "another router is the default one already");
            }
            hasDefault |= router.isDefault();
            routers.add(router);
        }
        return List.copyOf(routers);
    }

    private Settings.RouterSettings router(String path, JsonNode node, String domain) {
        JsonNode router = mapping(path, node, Set.of("name", "type", "domain", "options", "default"));
        String routerName = router.path("name").asText();
        if (!routerName.matches(NAME)) {
            problem(
                    path + ".name",
                    "\"" + routerName + "\" is not a name: a lower-case letter, then letters, digits, -");
        }
        String type = router.path("type").asText("builtin");
        if (!type.equals("builtin")) {
            problem(path + ".type", "\"" + type + "\" is not a type of router; there is builtin");
        }
        String routerDomain = router.path("domain").asText(domain);
        if (!SettingsReader.isDomain(routerDomain)) {
            problem(path + ".domain", "\"" + routerDomain + "\" is not a domain such as apps.example.com");
        }
        JsonNode isDefault = router.path("default");
        if (!isDefault.isMissingNode() && !isDefault.isBoolean()) {
            problem(path + ".default", "\"" + isDefault.asText() + "\" is neither true nor false");
        }
        Map<String, String> options = strings(path + ".options", router.path("options"));
        return new Settings.RouterSettings(routerName, type, routerDomain, options, isDefault.asBoolean(false));
    }

    private void problem(String path, String rule) {
        problems.accept(place(path) + ": " + rule);
    }

    private JsonNode mapping(String path, JsonNode node, Set<String> known) {
        if (node.isMissingNode()) {
            return node;
        }
        if (!node.isObject()) {
            problem(path, "is not a mapping");
            return MissingNode.getInstance();
        }
        refuseOthers(path + ".", node, known);
        return node;
    }

    private void refuseOthers(String prefix, JsonNode node, Set<String> known) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!known.contains(field.getKey())) {
                problem(prefix + field.getKey(), "is not a setting");
            }
        }
    }

    private Set<Map.Entry<String, JsonNode>> fields(String path, JsonNode node) {
        if (!node.isMissingNode() && !node.isObject()) {
            problem(path, "is not a mapping");
        }
        return node.properties();
    }

    private Map<String, String> strings(String path, JsonNode node) {
        Map<String, String> result = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : fields(path, node)) {
            result.put(field.getKey(), scalar(path + "." + field.getKey(), field.getValue()));
        }
        return Map.copyOf(result);
    }

    private List<String> list(String path, JsonNode node) {
        List<String> result = new ArrayList<>();
        if (!node.isMissingNode() && !node.isArray()) {
            problem(path, "is not a list");
            return result;
        }
        node.forEach(element -> result.add(scalar(path, element)));
        return result;
    }

    private String scalar(String path, JsonNode node) {
        if (!isScalar(node)) {
            problem(path, "is not a single value");
            return "";
        }
        return node.asText();
    }

    private static boolean isScalar(JsonNode node) {
        return node.isValueNode() && !node.isNull();
    }
}
