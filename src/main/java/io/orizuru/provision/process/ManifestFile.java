package io.orizuru.provision.process;

import io.orizuru.compute.OutsidePattern;
import io.orizuru.failure.Failure;
import io.orizuru.provision.AppManifest;
import io.orizuru.provision.AppManifest.HealthCheck;
import io.orizuru.provision.BuildFailed;
import java.io.StringReader;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads a {@code tsuru.yaml}. Keys that are not known are left alone, as users have keys for other tools there; a known
 * key of a wrong type is an error with file, line and what was expected. The syntax tree is read, not a mapped object,
 * because only the tree knows the lines.
 */
final class ManifestFile {
    /** In characters; larger ones than people write would only be there to be slow. */
    private static final int LARGEST = 64 << 10;

    private static final int DEEPEST = 20;
    /** Of lists and mappings that stand for another one: what they multiply is walked through each time. */
    private static final int MOST_ALIASES = 10;

    private static final int MOST_HEADERS = 50;
    private static final int LONGEST_HEADER = 4096;
    /** A header's name, and what the HTTP client writes by itself. */
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");

    private static final List<String> OUR_HEADERS =
            List.of("connection", "content-length", "expect", "http2-settings", "transfer-encoding", "upgrade");
    /** A path, and a query; all in the characters that an address has. */
    private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]{0,2000}");

    private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(3);
    private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration DEFAULT_DEPLOY_TIMEOUT = Duration.ofMinutes(2);
    private static final int LONGEST_SECONDS = 24 * 60 * 60;

    private static final int LARGEST_PORT = 65535;

    private final String file;

    private ManifestFile(String file) {
        this.file = file;
    }

    /**
     * @param file its name, for messages
     * @throws BuildFailed with file and line and what was expected there
     */
    static AppManifest parse(String file, String text) {
        return new ManifestFile(file).manifest(text);
    }

    private AppManifest manifest(String text) {
        Node root = compose(text);
        if (root == null || isNull(root)) {
            return AppManifest.EMPTY;
        }
        Map<String, Node> keys = mapping(root, "the file");
        Map<String, Node> hooks = mapping(keys.get("hooks"), "hooks");
        Map<String, Node> restart = mapping(hooks.get("restart"), "hooks.restart");
        checkGroups(keys.get("kubernetes"));
        return new AppManifest(
                commands(hooks.get("build"), "hooks.build"),
                commands(restart.get("before"), "hooks.restart.before"),
                commands(restart.get("after"), "hooks.restart.after"),
                healthCheck(keys.get("healthcheck")));
    }

    private @Nullable Node compose(String text) {
        if (text.length() > LARGEST) {
            throw wrong(0, "expected YAML, but it has " + text.length() + " characters, more than " + LARGEST);
        }
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(LARGEST);
        options.setNestingDepthLimit(DEEPEST);
        options.setMaxAliasesForCollections(MOST_ALIASES);
        options.setAllowDuplicateKeys(false);
        try {
            return new Yaml(new SafeConstructor(options)).compose(new StringReader(text));
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine();
            throw wrong(line, "expected YAML, but " + e.getProblem());
        } catch (YAMLException e) {
            throw wrong(0, "expected YAML, but " + ReleaseTree.printable(String.valueOf(e.getMessage())));
        }
    }

    /** Other engines use the ports; a mistake in them is the same mistake wherever the app runs first. */
    private void checkGroups(@Nullable Node kubernetes) {
        Map<String, Node> groups = mapping(mapping(kubernetes, "kubernetes").get("groups"), "kubernetes.groups");
        groups.forEach((group, node) -> {
            String place = "kubernetes.groups." + group;
            mapping(node, place)
                    .forEach((process, settings) -> checkPorts(
                            mapping(settings, place + "." + process).get("ports"), place + "." + process + ".ports"));
        });
    }

    private void checkPorts(@Nullable Node node, String key) {
        if (node == null || isNull(node)) {
            return;
        }
        if (!(node instanceof SequenceNode ports)) {
            throw expected(node, key, "a list of ports");
        }
        for (Node port : ports.getValue()) {
            Map<String, Node> settings = mapping(port, key);
            number(settings.get("port"), key + ".port", 0, 1, LARGEST_PORT);
            number(settings.get("target_port"), key + ".target_port", 0, 1, LARGEST_PORT);
            String protocol = text(settings.get("protocol"), key + ".protocol");
            if (protocol != null && !protocol.equalsIgnoreCase("tcp") && !protocol.equalsIgnoreCase("udp")) {
                throw expected(settings.getOrDefault("protocol", port), key + ".protocol", "TCP or UDP");
            }
        }
    }

    private @Nullable HealthCheck healthCheck(@Nullable Node node) {
        if (node == null || isNull(node)) {
            return null;
        }
        Map<String, Node> keys = mapping(node, "healthcheck");
        String path = text(keys.get("path"), "healthcheck.path");
        if (path == null || path.isEmpty()) {
            // A check by command is for engines of containers; this one only knows HTTP.
            if (keys.containsKey("command")) {
                return null;
            }
            throw wrong(line(node), "expected healthcheck.path, the path to ask for, but it is missing");
        }
        String match = pattern(keys.get("match"));
        int anyStatus = match == null ? 200 : 0;
        return new HealthCheck(
                path(path, keys.getOrDefault("path", node)),
                method(keys.get("method")),
                scheme(keys.get("scheme")),
                number(keys.get("status"), "healthcheck.status", anyStatus, 100, 599),
                match,
                headers(keys.get("headers")),
                number(keys.get("allowed_failures"), "healthcheck.allowed_failures", 0, 0, 1_000_000),
                seconds(keys.get("interval_seconds"), "healthcheck.interval_seconds", DEFAULT_INTERVAL),
                seconds(keys.get("timeout_seconds"), "healthcheck.timeout_seconds", DEFAULT_TIMEOUT),
                seconds(
                        keys.get("deploy_timeout_seconds"),
                        "healthcheck.deploy_timeout_seconds",
                        DEFAULT_DEPLOY_TIMEOUT),
                yes(keys.get("use_in_router"), "healthcheck.use_in_router"));
    }

    private String path(String given, Node node) {
        String path = given.startsWith("/") ? given : "/" + given;
        try {
            if (PATH.matcher(path).matches() && new URI("http://unit" + path).getRawPath() != null) {
                return path;
            }
        } catch (URISyntaxException e) {
            // As all that is not one.
        }
        throw expected(node, "healthcheck.path", "a path as in an address, what is special in it written with %");
    }

    private String method(@Nullable Node node) {
        String method = text(node, "healthcheck.method");
        if (method == null || node == null) {
            return "GET";
        }
        if (!method.matches("[A-Za-z]{1,20}")) {
            throw expected(node, "healthcheck.method", "an HTTP method");
        }
        return method.toUpperCase(Locale.ROOT);
    }

    private String scheme(@Nullable Node node) {
        String scheme = text(node, "healthcheck.scheme");
        if (scheme == null || node == null) {
            return "http";
        }
        if (!scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https")) {
            throw expected(node, "healthcheck.scheme", "http or https");
        }
        return scheme.toLowerCase(Locale.ROOT);
    }

    private @Nullable String pattern(@Nullable Node node) {
        String match = text(node, "healthcheck.match");
        if (match == null || match.isEmpty() || node == null) {
            return null;
        }
        try {
            OutsidePattern.of(match);
            return match;
        } catch (Failure e) {
            throw wrong(
                    line(node),
                    "expected a regular expression for healthcheck.match, but found " + found(node) + ": "
                            + e.message());
        }
    }

    private Map<String, String> headers(@Nullable Node node) {
        Map<String, String> headers = new LinkedHashMap<>();
        mapping(node, "healthcheck.headers").forEach((name, value) -> {
            String key = "healthcheck.headers." + ReleaseTree.printable(name);
            if (!HEADER.matcher(name).matches() || OUR_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
                throw expected(value, key, "the name of a header that a request may have");
            }
            String text = String.valueOf(text(value, key));
            if (text.length() > LONGEST_HEADER || !text.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
                throw expected(value, key, "visible ASCII, " + LONGEST_HEADER + " characters at most");
            }
            headers.put(name, text);
        });
        if (node != null && headers.size() > MOST_HEADERS) {
            throw wrong(
                    line(node),
                    "expected " + MOST_HEADERS + " headers at most for healthcheck.headers, but found "
                            + headers.size());
        }
        return headers;
    }

    private List<String> commands(@Nullable Node node, String key) {
        if (node == null || isNull(node)) {
            return List.of();
        }
        if (!(node instanceof SequenceNode sequence)) {
            throw expected(node, key, "a list of commands");
        }
        List<String> commands = new ArrayList<>();
        for (Node item : sequence.getValue()) {
            String command = text(item, key);
            if (command == null || command.isBlank()) {
                throw expected(item, key, "a command");
            }
            commands.add(command);
        }
        return commands;
    }

    private Map<String, Node> mapping(@Nullable Node node, String key) {
        if (node == null || isNull(node)) {
            return Map.of();
        }
        if (!(node instanceof MappingNode mapping)) {
            throw expected(node, key, "keys and values");
        }
        Map<String, Node> keys = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode name) {
                keys.put(name.getValue(), tuple.getValueNode());
            }
        }
        return keys;
    }

    private @Nullable String text(@Nullable Node node, String key) {
        if (node == null || isNull(node)) {
            return null;
        }
        if (!(node instanceof ScalarNode scalar)) {
            throw expected(node, key, "a text");
        }
        return scalar.getValue();
    }

    private int number(@Nullable Node node, String key, int otherwise, int lowest, int highest) {
        String text = text(node, key);
        if (text == null || node == null) {
            return otherwise;
        }
        if (!text.matches("-?\\d{1,9}")) {
            throw expected(node, key, "a number");
        }
        int number = Integer.parseInt(text);
        if (number < lowest || number > highest) {
            throw expected(node, key, "a number from " + lowest + " to " + highest);
        }
        return number;
    }

    /** 0 stands for the default, as it does for clients that write all keys out. */
    private Duration seconds(@Nullable Node node, String key, Duration otherwise) {
        int seconds = number(node, key, 0, 0, LONGEST_SECONDS);
        return seconds == 0 ? otherwise : Duration.ofSeconds(seconds);
    }

    private boolean yes(@Nullable Node node, String key) {
        String text = text(node, key);
        if (text == null || node == null) {
            return false;
        }
        if (!node.getTag().equals(Tag.BOOL)) {
            throw expected(node, key, "true or false");
        }
        return List.of("true", "yes", "on").contains(text.toLowerCase(Locale.ROOT));
    }

    private BuildFailed expected(Node node, String key, String what) {
        return wrong(line(node), "expected " + what + " for " + key + ", but found " + found(node));
    }

    private static String found(Node node) {
        return switch (node) {
            case ScalarNode scalar -> "\"" + ReleaseTree.printable(scalar.getValue()) + "\"";
            case SequenceNode list -> "a list";
            case MappingNode map -> "keys and values";
            default -> "something else";
        };
    }

    private static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private static int line(Node node) {
        return node.getStartMark().getLine();
    }

    private BuildFailed wrong(int line, String what) {
        return new BuildFailed(file + ":" + (line + 1) + ": " + what);
    }
}
