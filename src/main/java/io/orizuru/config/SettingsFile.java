package io.orizuru.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.orizuru.secret.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
            "routers",
            "default-provisioner",
            "volume-plans",
            "user-registration",
            "auth",
            "quotas",
            "mail",
            "outgoing",
            "limits",
            "build",
            "units",
            "operations",
            "disk",
            "shells",
            "autoscale",
            "sleep",
            "names");
    /** Most apps start in a few; visitors leave after some. */
    private static final int WAKE_SECONDS = 30;

    /** 1 PiB. */
    private static final long MOST_MIB = 1L << 30;

    /** The built-in router, and what scripts may ask for that know the routers of servers like this one. */
    private static final Set<String> ROUTER_TYPES = Set.of("builtin", "hipache", "planb");

    private static final String NAME = "[a-z][a-z0-9-]{0,62}";

    private final String name;
    private final Path directory;
    private final @Nullable Path file;
    private final JsonNode root;
    private final Consumer<String> problems;

    private SettingsFile(Path file, boolean read, JsonNode root, Consumer<String> problems) {
        this.file = read ? file.toAbsolutePath().normalize() : null;
        this.name = String.valueOf(file.getFileName());
        this.directory = file.toAbsolutePath().normalize().resolveSibling("");
        this.root = root;
        this.problems = problems;
    }

    static SettingsFile empty(Consumer<String> problems) {
        return new SettingsFile(Path.of("orizuru.yaml"), false, MissingNode.getInstance(), problems);
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
        SettingsFile result = new SettingsFile(file, true, root, problems);
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

    /** The file itself, unless there is none. */
    Optional<Path> path() {
        return Optional.ofNullable(file);
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
        return flag("user-registration", root.path("user-registration"));
    }

    Settings.Auth auth() {
        JsonNode auth =
                mapping("auth", root.path("auth"), Set.of("session-hours", "sessions-per-user", "hide-unknown-users"));
        int hours = number("auth.session-hours", auth.path("session-hours"), 7 * 24, 1, 365 * 24);
        int sessions = number("auth.sessions-per-user", auth.path("sessions-per-user"), 50, 1, 10_000);
        return new Settings.Auth(
                Duration.ofHours(hours), sessions, flag("auth.hide-unknown-users", auth.path("hide-unknown-users")));
    }

    Settings.Quotas quotas() {
        JsonNode quotas =
                mapping("quotas", root.path("quotas"), Set.of("apps-per-user", "apps-per-team", "units-per-app"));
        return new Settings.Quotas(
                quota(quotas, "apps-per-user"), quota(quotas, "apps-per-team"), quota(quotas, "units-per-app"));
    }

    private int quota(JsonNode quotas, String key) {
        return number("quotas." + key, quotas.path(key), -1, -1, 1_000_000);
    }

    /** Null without a mail server. */
    Settings.@Nullable Mail mail(@Nullable Secret passwordOfVariable) {
        JsonNode node = root.path("mail");
        if (node.isMissingNode()) {
            return null;
        }
        JsonNode mail =
                mapping("mail", node, Set.of("host", "port", "from", "user", "password", "security", "authorities"));
        String host = mail.path("host").asText();
        if (!host.matches("[A-Za-z0-9.:-]+")) {
            problem("mail.host", "\"" + host + "\" is not a host name");
        }
        String from = mail.path("from").asText();
        if (!from.matches("[^@\\s<>]+@[^@\\s<>]+")) {
            problem("mail.from", "\"" + from + "\" is not an e-mail address");
        }
        Settings.MailSecurity security = mailSecurity(mail.path("security").asText("starttls"));
        int usualPort = security == Settings.MailSecurity.TLS ? 465 : 587;
        JsonNode written = mail.path("password");
        Secret password = written.isMissingNode() ? null : new Secret(scalar("mail.password", written));
        if (passwordOfVariable != null) {
            password = passwordOfVariable;
        }
        String user = mail.path("user").isMissingNode() ? null : scalar("mail.user", mail.path("user"));
        if ((user == null) != (password == null)) {
            problem("mail.user", "a user and its password (ORIZURU_MAIL_PASSWORD) go together");
        }
        int port = number("mail.port", mail.path("port"), usualPort, 1, 65_535);
        return new Settings.Mail(host, port, from, user, password, security, mailAuthorities(mail, security));
    }

    private @Nullable Path mailAuthorities(JsonNode mail, Settings.MailSecurity security) {
        if (mail.path("authorities").isMissingNode()) {
            return null;
        }
        if (security == Settings.MailSecurity.NONE) {
            problem("mail.authorities", "says whom to believe, but mail.security is none");
        }
        String written = scalar("mail.authorities", mail.path("authorities"));
        Path authorities = directory.resolve(written);
        try (InputStream in = Files.newInputStream(authorities)) {
            if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
                problem("mail.authorities", "\"" + written + "\" holds no certificate in PEM");
            }
        } catch (IOException e) {
            problem("mail.authorities", "\"" + written + "\" is not a file that can be read");
        } catch (CertificateException e) {
            problem("mail.authorities", "\"" + written + "\" does not hold certificates in PEM: " + e.getMessage());
        }
        return authorities;
    }

    private Settings.MailSecurity mailSecurity(String text) {
        return switch (text) {
            case "starttls" -> Settings.MailSecurity.STARTTLS;
            case "tls" -> Settings.MailSecurity.TLS;
            case "none" -> Settings.MailSecurity.NONE;
            default -> {
                problem("mail.security", "\"" + text + "\" is neither starttls, tls nor none");
                yield Settings.MailSecurity.STARTTLS;
            }
        };
    }

    private boolean flag(String path, JsonNode node) {
        if (!node.isMissingNode() && !node.isBoolean()) {
            problem(path, "\"" + node.asText() + "\" is neither true nor false");
        }
        return node.asBoolean(false);
    }

    private int number(String path, JsonNode node, int otherwise, int least, int most) {
        if (node.isMissingNode()) {
            return otherwise;
        }
        if (!node.canConvertToInt() || !node.isIntegralNumber() || node.asInt() < least || node.asInt() > most) {
            problem(path, "\"" + node.asText() + "\" is not a number of " + least + " to " + most);
            return otherwise;
        }
        return node.asInt();
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
        JsonNode build = buildSection();
        Map<String, String> environment = strings("build.environment", build.path("environment"));
        for (String variable : environment.keySet()) {
            if (!variable.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                problem("build.environment", "\"" + variable + "\" is not a variable's name");
            }
        }
        return new Settings.BuildEnvironment(environment, buildFiles(build.path("files")));
    }

    /** A list of files that builds see at their own place, or a mapping of places to files. */
    private Map<String, Path> buildFiles(JsonNode node) {
        Map<String, Path> files = new LinkedHashMap<>();
        if (node.isObject()) {
            strings("build.files", node).forEach((place, text) -> {
                boolean rooted = place.startsWith("~/") || place.startsWith("/");
                if (!rooted || place.contains("/../") || place.endsWith("/")) {
                    problem("build.files", "\"" + place + "\" is not a place such as ~/.npmrc or /srv/ca.pem");
                } else if (isFixed(place) && !Files.exists(Path.of(place))) {
                    problem(
                            "build.files",
                            "\"" + place + "\" is not there on this machine, and builds see that directory as it is;"
                                    + " choose a place below ~/");
                }
                files.put(place, readable(text));
            });
        } else {
            for (String text : list("build.files", node)) {
                Path source = readable(text);
                files.put(source.toString(), source);
            }
        }
        return Map.copyOf(files);
    }

    private static boolean isFixed(String place) {
        return place.matches("/(usr|etc|bin|sbin|lib|lib32|lib64)/.*");
    }

    private Path readable(String text) {
        Path source = directory.resolve(text).normalize();
        String problem = Settings.BuildEnvironment.problemOf(source);
        if (problem != null) {
            problem("build.files", "\"" + source + "\" " + problem);
        }
        return source;
    }

    private JsonNode buildSection() {
        return mapping(
                "build",
                root.path("build"),
                Set.of(
                        "environment",
                        "files",
                        "timeout-seconds",
                        "memory-mib",
                        "cpu-milli",
                        "size-mib",
                        "processes",
                        "network"));
    }

    Settings.BuildLimits buildLimits() {
        // Its problems are told by build().
        JsonNode build = root.path("build");
        Settings.BuildLimits usual = Settings.BuildLimits.DEFAULT;
        return new Settings.BuildLimits(
                Duration.ofSeconds(number(
                        build, "build.", "timeout-seconds", usual.timeout().toSeconds(), 1, 86_400)),
                number(build, "build.", "memory-mib", usual.memoryBytes() >> 20, 0, MOST_MIB) << 20,
                (int) number(build, "build.", "cpu-milli", usual.cpuMilli(), 0, 1_000_000),
                number(build, "build.", "size-mib", usual.sizeBytes() >> 20, 1, MOST_MIB) << 20,
                (int) number(build, "build.", "processes", usual.processes(), 16, 1_000_000));
    }

    int unitProcesses() {
        JsonNode units = mapping("units", root.path("units"), Set.of("processes", "open-files", "network"));
        return (int) number(units, "units.", "processes", Settings.UnitSettings.DEFAULT.processes(), 16, 1_000_000);
    }

    int unitOpenFiles() {
        JsonNode units = root.path("units");
        return (int) number(units, "units.", "open-files", Settings.UnitSettings.DEFAULT.openFiles(), 64, 1_048_576);
    }

    /** @param routers where the built-in router listens */
    NetworkSettings network(List<Endpoint> routers) {
        NetworkSection section = new NetworkSection(this::problem);
        // What else is wrong with units and builds is told by others.
        JsonNode units = mapping("units.network", root.path("units").path("network"), NetworkSection.OF_UNITS);
        JsonNode builds = mapping("build.network", root.path("build").path("network"), NetworkSection.OF_BUILDS);
        JsonNode range = units.path("range");
        return new NetworkSettings(
                range.isMissingNode()
                        ? NetworkSettings.DEFAULT.range()
                        : section.range("units.network.range", scalar("units.network.range", range)),
                section.nameservers(
                        "units.network.nameservers", list("units.network.nameservers", units.path("nameservers"))),
                routers,
                access(section, "units.network", units),
                access(section, "build.network", builds));
    }

    private NetworkSettings.Access access(NetworkSection section, String path, JsonNode node) {
        JsonNode outside = node.path("outside");
        return section.access(
                path,
                outside.isMissingNode() ? "all" : scalar(path + ".outside", outside),
                list(path + ".allow", node.path("allow")),
                list(path + ".deny", node.path("deny")),
                list(path + ".reachable", node.path("reachable")));
    }

    Settings.Operations operations() {
        JsonNode operations = mapping(
                "operations",
                root.path("operations"),
                Set.of(
                        "at-once",
                        "at-once-per-team",
                        "waiting-per-team",
                        "longest-seconds",
                        "longest-wait-seconds",
                        "builds-at-once"));
        Settings.Operations usual = Settings.Operations.USUAL;
        int atOnce = (int) number(operations, "operations.", "at-once", usual.atOnce(), 1, 1000);
        return new Settings.Operations(
                atOnce,
                (int) number(operations, "operations.", "at-once-per-team", Math.max(1, atOnce / 4), 1, atOnce),
                (int) number(operations, "operations.", "waiting-per-team", usual.waitingPerTeam(), 0, 10_000),
                Duration.ofSeconds(number(
                        operations,
                        "operations.",
                        "longest-seconds",
                        usual.longest().toSeconds(),
                        10,
                        604_800)),
                Duration.ofSeconds(number(
                        operations,
                        "operations.",
                        "longest-wait-seconds",
                        usual.longestWait().toSeconds(),
                        1,
                        604_800)),
                (int) number(operations, "operations.", "builds-at-once", usual.buildsAtOnce(), 1, 1000));
    }

    /** In bytes; null leaves it to the size of the disk. */
    @Nullable
    Long diskReserve() {
        JsonNode disk = mapping("disk", root.path("disk"), Set.of("reserve-mib"));
        if (disk.path("reserve-mib").isMissingNode()) {
            return null;
        }
        return number(disk, "disk.", "reserve-mib", 0, 0, MOST_MIB) << 20;
    }

    Settings.Shells shells() {
        JsonNode shells = mapping(
                "shells", root.path("shells"), Set.of("per-app", "per-server", "idle-seconds", "longest-seconds"));
        Settings.Shells usual = Settings.Shells.USUAL;
        return new Settings.Shells(
                (int) number(shells, "shells.", "per-app", usual.perApp(), 0, 1000),
                (int) number(shells, "shells.", "per-server", usual.perServer(), 0, 1000),
                Duration.ofSeconds(
                        number(shells, "shells.", "idle-seconds", usual.idle().toSeconds(), 1, 604_800)),
                Duration.ofSeconds(number(
                        shells, "shells.", "longest-seconds", usual.longest().toSeconds(), 1, 604_800)));
    }

    Settings.Autoscale autoscale() {
        JsonNode autoscale =
                mapping("autoscale", root.path("autoscale"), Set.of("interval-seconds", "stabilization-seconds"));
        Settings.Autoscale usual = Settings.Autoscale.DEFAULT;
        return new Settings.Autoscale(
                Duration.ofSeconds(number(
                        autoscale,
                        "autoscale.",
                        "interval-seconds",
                        usual.interval().toSeconds(),
                        1,
                        600)),
                Duration.ofSeconds(number(
                        autoscale,
                        "autoscale.",
                        "stabilization-seconds",
                        usual.stabilization().toSeconds(),
                        0,
                        3600)));
    }

    Duration wakeLimit() {
        JsonNode sleep = mapping("sleep", root.path("sleep"), Set.of("wake-seconds"));
        return Duration.ofSeconds(number(sleep, "sleep.", "wake-seconds", WAKE_SECONDS, 1, 600));
    }

    Settings.Names names() {
        JsonNode names = mapping("names", root.path("names"), Set.of("reserved", "proof", "dns-server"));
        List<String> reserved = list("names.reserved", names.path("reserved"));
        for (String name : reserved) {
            if (!SettingsReader.isDomain(name)) {
                problem("names.reserved", "\"" + name + "\" is not a domain such as api.example.com");
            }
        }
        String proof = names.path("proof").asText("none");
        if (!proof.equals("none") && !proof.equals("dns")) {
            problem("names.proof", "\"" + proof + "\" is neither none nor dns");
        }
        return new Settings.Names(reserved, proof.equals("dns"), dnsServer(names.path("dns-server")));
    }

    /** By its address: a name would have to be asked for first. */
    private @Nullable Endpoint dnsServer(JsonNode node) {
        if (node.isMissingNode()) {
            return null;
        }
        String text = node.asText();
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        String host = colon < 0 ? "" : text.substring(0, colon).replaceAll("^\\[|]$", "");
        if (!host.matches("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
                || !port.matches("[1-9][0-9]{0,4}")
                || Integer.parseInt(port) > 65535) {
            problem("names.dns-server", "\"" + text + "\" is not an address such as 10.0.0.2:53 or [fd00::2]:53");
            return null;
        }
        return new Endpoint(host, Integer.parseInt(port));
    }

    private long number(JsonNode section, String prefix, String key, long usual, long least, long most) {
        JsonNode node = section.path(key);
        if (node.isMissingNode()) {
            return usual;
        }
        if (!node.canConvertToLong() || !node.isIntegralNumber() || node.asLong() < least || node.asLong() > most) {
            problem(prefix + key, "\"" + node.asText() + "\" is not a whole number from " + least + " to " + most);
            return usual;
        }
        return node.asLong();
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

    /**
     * The routers of the file; without any there is one, named main, for {@code domain}.
     *
     * @param tls whether the built-in router listens for TLS
     */
    List<Settings.RouterSettings> routers(String domain, boolean tls) {
        JsonNode node = root.path("routers");
        if (node.isMissingNode()) {
            return List.of(new Settings.RouterSettings("main", "builtin", domain, Map.of(), true, tls));
        }
        List<Settings.RouterSettings> routers = new ArrayList<>();
        if (!node.isArray() || node.isEmpty()) {
            problem("routers", "is not a list of at least one router");
            return routers;
        }
        Map<String, Integer> names = new HashMap<>();
        boolean hasDefault = false;
        for (int i = 0; i < node.size(); i++) {
            Settings.RouterSettings router = router("routers[" + i + "]", node.get(i), domain, tls);
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

    private Settings.RouterSettings router(String path, JsonNode node, String domain, boolean tls) {
        JsonNode router = mapping(path, node, Set.of("name", "type", "domain", "options", "default", "tls"));
        String routerName = router.path("name").asText();
        if (!routerName.matches(NAME)) {
            problem(
                    path + ".name",
                    "\"" + routerName + "\" is not a name: a lower-case letter, then letters, digits, -");
        }
        String type = router.path("type").asText("builtin");
        if (!ROUTER_TYPES.contains(type)) {
            problem(
                    path + ".type",
                    "\"" + type + "\" is not a type of router; there is builtin, which may be called hipache or planb");
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
        JsonNode holds = router.path("tls");
        if (!holds.isMissingNode() && !holds.isBoolean()) {
            problem(path + ".tls", "\"" + holds.asText() + "\" is neither true nor false");
        }
        if (holds.asBoolean(false) && !tls) {
            problem(path + ".tls", "is true, but nothing listens for TLS: set " + Setting.ROUTER_TLS_LISTEN.key);
        }
        // Scripts that know the type hipache know that it has none.
        boolean usual = tls && !type.equals("hipache");
        return new Settings.RouterSettings(
                routerName, type, routerDomain, options, isDefault.asBoolean(false), holds.asBoolean(usual));
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
