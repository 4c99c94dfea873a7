package io.orizuru.config;

import io.orizuru.secret.Secret;
import io.orizuru.socket.SocketPlace;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Reads {@link Settings}: a flag wins over an environment variable, a variable over the file, the file over defaults. */
public final class SettingsReader {
    private static final String PREFIX = "ORIZURU_";
    private static final String CONFIG_FLAG = "--config";
    private static final String CONFIG_VARIABLE = "ORIZURU_CONFIG";
    private static final String PASSWORD_VARIABLE = "ORIZURU_ADMIN_PASSWORD";
    private static final String MAIL_PASSWORD_VARIABLE = "ORIZURU_MAIL_PASSWORD";
    private static final String DEFAULT_FILE = "orizuru.yaml";
    private static final String CREDENTIAL_VARIABLE = "ORIZURU_ROUTER_CREDENTIAL";
    private static final String UNIX = "unix:";
    private static final String ADMIN_SOCKET = "admin.socket";
    private static final int SHORTEST_CREDENTIAL = 32;
    private static final int SHORTEST_PASSWORD = 6;
    private static final int LONGEST_PASSWORD = 1024;
    /** Lower numbers are those of the system and of people; 65534 is nobody. */
    private static final int LOWEST_UNIT_USER = 65_536;

    private static final int HIGHEST_UNIT_USER = Integer.MAX_VALUE - 1;
    private static final Pattern ADMIN =
            Pattern.compile("(?<scheme>https?)://(?<host>[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}");

    /** A setting's text and where it stands; relative paths in it start at {@code base}. */
    private record Value(String text, String place, Path base) {}

    private final List<String> problems = new ArrayList<>();
    private final Map<Setting, Value> values = new EnumMap<>(Setting.class);
    private final Map<String, String> environment;
    private final Path workingDirectory;

    private SettingsReader(Map<String, String> environment, Path workingDirectory) {
        this.environment = environment;
        this.workingDirectory = workingDirectory.toAbsolutePath().normalize();
    }

    /**
     * Reads and checks the settings.
     *
     * @param arguments flags, without a subcommand
     * @param environment all variables; those that begin with {@code ORIZURU_} must be settings
     * @param workingDirectory where relative paths of flags and variables start, and {@code orizuru.yaml} is looked for
     * @param terminal whether a person reads the log
     * @throws InvalidSettings with every problem there is
     */
    public static Settings read(
            List<String> arguments, Map<String, String> environment, Path workingDirectory, boolean terminal)
            throws InvalidSettings {
        SettingsReader reader = new SettingsReader(environment, workingDirectory);
        Settings settings = reader.readAll(arguments, terminal);
        if (!reader.problems.isEmpty()) {
            throw new InvalidSettings(reader.problems);
        }
        return settings;
    }

    /** How to call {@code command}: its flags and the variables that stand for them. */
    public static String help(String command) {
        CommandLine line = new CommandLine(flags().name("orizuru " + command));
        line.getCommandSpec()
                .usageMessage()
                .footer(
                        "",
                        "Each flag can be a variable as well (--router-listen: ORIZURU_ROUTER_LISTEN) or a line of the"
                                + " file (router-listen: ...).",
                        "The administrator's password comes from ORIZURU_ADMIN_PASSWORD; without it a random one is"
                                + " made and shown once.");
        return line.getUsageMessage();
    }

    static boolean isDomain(String text) {
        return text.length() <= 253
                && text.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    }

    private static CommandSpec flags() {
        CommandSpec spec = CommandSpec.create();
        spec.parser().collectErrors(true);
        for (Setting setting : Setting.values()) {
            spec.addOption(option(setting));
        }
        spec.addOption(option(CONFIG_FLAG, "FILE", "a settings file (default: " + DEFAULT_FILE + " if it is there)")
                .build());
        return spec;
    }

    private static OptionSpec option(Setting setting) {
        OptionSpec.Builder option = option(setting.flag(), setting.label, setting.description);
        return setting.isSwitch() ? option.arity("0..1").fallbackValue("true").build() : option.build();
    }

    private static OptionSpec.Builder option(String flag, String label, String description) {
        return OptionSpec.builder(flag).type(String.class).paramLabel(label).description(description);
    }

    private Settings readAll(List<String> arguments, boolean terminal) {
        ParseResult flags = new CommandLine(flags()).parseArgs(arguments.toArray(String[]::new));
        flags.errors().forEach(error -> problems.add(String.valueOf(error.getMessage())));
        refuseUnknownVariables();
        SettingsFile file = file(flags);
        for (Setting setting : Setting.values()) {
            collect(setting, flags, file);
        }

        Path data = path(Setting.DATA, "data");
        String domain = domain();
        Endpoint listen = endpoint(Setting.LISTEN, "127.0.0.1:8080");
        Endpoint routerListen = endpoint(Setting.ROUTER_LISTEN, "127.0.0.1:8081");
        if (listen.port() != 0 && listen.equals(routerListen)) {
            problems.add("--listen and --router-listen: both are " + listen + "; they must differ");
        }
        Endpoint routerTlsListen = values.containsKey(Setting.ROUTER_TLS_LISTEN)
                ? endpoint(Setting.ROUTER_TLS_LISTEN, "127.0.0.1:8443")
                : null;
        if (routerTlsListen != null
                && routerTlsListen.port() != 0
                && (routerTlsListen.equals(listen) || routerTlsListen.equals(routerListen))) {
            problems.add(
                    "--router-tls-listen: " + routerTlsListen + " is --listen or --router-listen; they must differ");
        }
        Secret databaseUrl = databaseUrl();
        if (databaseUrl != null && !values.containsKey(Setting.KEY_FILE)) {
            problems.add("--key-file: is required with --database-url: every server of a database needs the same key");
        }
        Path keyFile = path(Setting.KEY_FILE, data.resolve("key.json").toString());
        Settings.Tls tls = tls();
        return new Settings(
                data,
                listen,
                routerListen,
                routerTlsListen,
                domain,
                databaseUrl,
                keyFile,
                adminEmail(domain),
                adminPassword(),
                tls,
                trustedProxies(),
                routersApart(data),
                file.routers(domain, routerTlsListen != null),
                file.defaultProvisioner(),
                file.volumePlans(),
                file.userRegistration(),
                file.auth(),
                file.quotas(),
                file.mail(mailPassword()),
                file.outgoingAllowed(),
                file.limits(),
                file.build(),
                file.buildLimits(),
                units(
                        file,
                        keyFile,
                        tls,
                        routerTlsListen == null ? List.of(routerListen) : List.of(routerListen, routerTlsListen)),
                file.operations(),
                file.diskReserve(),
                file.shells(),
                file.autoscale(),
                file.wakeLimit(),
                file.names(),
                truth(Setting.STOP_UNITS),
                logFormat(terminal));
    }

    private void refuseUnknownVariables() {
        Set<String> known =
                new HashSet<>(Set.of(CONFIG_VARIABLE, PASSWORD_VARIABLE, MAIL_PASSWORD_VARIABLE, CREDENTIAL_VARIABLE));
        for (Setting setting : Setting.values()) {
            known.add(setting.variable());
        }
        for (String variable : new TreeSet<>(environment.keySet())) {
            if (variable.startsWith(PREFIX) && !known.contains(variable)) {
                problems.add(variable + ": is not a setting");
            }
        }
    }

    private SettingsFile file(ParseResult flags) {
        String named = flags.matchedOptionValue(CONFIG_FLAG, environment.get(CONFIG_VARIABLE));
        Path file = workingDirectory.resolve(named == null ? DEFAULT_FILE : named);
        if (named == null && !Files.exists(file)) {
            return SettingsFile.empty(problems::add);
        }
        return SettingsFile.read(file, problems::add);
    }

    private void collect(Setting setting, ParseResult flags, SettingsFile file) {
        String flag = flags.matchedOptionValue(setting.flag(), null);
        String variable = environment.get(setting.variable());
        String line = file.text(setting);
        if (flag != null) {
            values.put(setting, new Value(flag, setting.flag(), workingDirectory));
        } else if (variable != null) {
            values.put(setting, new Value(variable, setting.variable(), workingDirectory));
        } else if (line != null) {
            values.put(setting, new Value(line, file.place(setting.key), file.directory()));
        }
    }

    private Value value(Setting setting, String otherwise) {
        return values.getOrDefault(setting, new Value(otherwise, setting.flag(), workingDirectory));
    }

    private void problem(Value value, String rule) {
        problems.add(value.place + ": \"" + value.text + "\" " + rule);
    }

    private Path path(Setting setting, String otherwise) {
        Value value = value(setting, otherwise);
        if (value.text.isBlank()) {
            problem(value, "is not a path");
        }
        return value.base.resolve(value.text).normalize();
    }

    private String domain() {
        Value value = value(Setting.DOMAIN, "apps.localhost");
        if (!isDomain(value.text)) {
            problem(value, "is not a domain such as apps.example.com");
        }
        return value.text;
    }

    private Endpoint endpoint(Setting setting, String otherwise) {
        Value value = value(setting, otherwise);
        int colon = value.text.lastIndexOf(':');
        String host = colon < 0 ? "" : value.text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.contains(":")) {
            host = "";
        }
        String port = value.text.substring(colon + 1);
        if (!host.matches("[A-Za-z0-9.:-]+") || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            problem(value, "is not an address such as 127.0.0.1:8080 or [::1]:8080");
            return new Endpoint("127.0.0.1", 0);
        }
        return new Endpoint(host, Integer.parseInt(port));
    }

    /** The URL may hold a password, so no problem shows it. */
    private @Nullable Secret databaseUrl() {
        Value value = values.get(Setting.DATABASE_URL);
        if (value == null) {
            return null;
        }
        if (!value.text.matches("(jdbc:postgresql|postgresql|postgres)://[^/]+/[^/?]+(\\?.*)?")) {
            problems.add(value.place + ": is not a URL such as postgresql://user:password@host:5432/orizuru");
        }
        return new Secret(value.text);
    }

    private String adminEmail(String domain) {
        Value value = value(Setting.ADMIN_EMAIL, "admin@" + domain);
        if (!value.text.matches("[^@\\s]+@[^@\\s]+")) {
            problem(value, "is not an e-mail address");
        }
        return value.text;
    }

    private @Nullable Secret adminPassword() {
        String password = environment.get(PASSWORD_VARIABLE);
        if (password == null) {
            return null;
        }
        if (password.length() < SHORTEST_PASSWORD || password.length() > LONGEST_PASSWORD) {
            problems.add(PASSWORD_VARIABLE + ": has " + password.length() + " characters, not " + SHORTEST_PASSWORD
                    + " to " + LONGEST_PASSWORD);
        }
        return new Secret(password);
    }

    private @Nullable Secret mailPassword() {
        String password = environment.get(MAIL_PASSWORD_VARIABLE);
        return password == null ? null : new Secret(password);
    }

    private Settings.RoutersApart routersApart(Path data) {
        AdminListen adminListen = adminListen(data);
        Settings.RouterPlace place = routerPlace();
        Value admins = value(Setting.ROUTER_ADMIN, defaultAdmin(adminListen));
        if (place != Settings.RouterPlace.NONE && values.containsKey(Setting.ROUTER_ADMIN)) {
            problems.add(admins.place + ": goes with " + Setting.NO_ROUTER.flag() + " only");
        }
        Path authorities = values.containsKey(Setting.ROUTER_AUTHORITIES) ? readable(Setting.ROUTER_AUTHORITIES) : null;
        return new Settings.RoutersApart(
                place,
                adminListen,
                switch (place) {
                    case OWN_PROCESS -> List.of(adminListen.uri());
                    case IN_PROCESS -> List.of();
                    case NONE -> routerAdmins(admins);
                },
                routerCredential(),
                path(
                        Setting.ROUTER_CREDENTIAL_FILE,
                        data.resolve("router/credential").toString()),
                authorities);
    }

    /** As it would be written. */
    private static String defaultAdmin(AdminListen listen) {
        return switch (listen) {
            case AdminListen.Tcp tcp -> tcp.uri().toString();
            case AdminListen.Unix unix -> unix.toString();
        };
    }

    private Settings.RouterPlace routerPlace() {
        boolean none = truth(Setting.NO_ROUTER);
        Value value = value(Setting.ROUTER, none ? "none" : "own-process");
        Settings.RouterPlace place =
                switch (value.text) {
                    case "own-process" -> Settings.RouterPlace.OWN_PROCESS;
                    case "in-process" -> Settings.RouterPlace.IN_PROCESS;
                    case "none" -> Settings.RouterPlace.NONE;
                    default -> {
                        problem(value, "is none of own-process, in-process and none");
                        yield Settings.RouterPlace.NONE;
                    }
                };
        if (none && place != Settings.RouterPlace.NONE) {
            problems.add(value.place + ": \"" + value.text + "\" does not go with " + Setting.NO_ROUTER.flag());
        }
        return place;
    }

    private AdminListen adminListen(Path data) {
        Value value = values.get(Setting.ROUTER_ADMIN_LISTEN);
        if (value == null) {
            try {
                return new AdminListen.Unix(SocketPlace.directory(data.resolve("router"), ADMIN_SOCKET)
                        .resolve(ADMIN_SOCKET));
            } catch (IOException e) {
                problems.add("--data: " + data + " cannot be looked at (" + e.getMessage() + ")");
                return new AdminListen.Unix(data.resolve(ADMIN_SOCKET));
            }
        }
        if (value.text.startsWith(UNIX)) {
            return new AdminListen.Unix(unixSocket(value, value.text));
        }
        return new AdminListen.Tcp(endpoint(Setting.ROUTER_ADMIN_LISTEN, ""));
    }

    /** The path after the scheme, which may be relative as any other. */
    private Path unixSocket(Value value, String text) {
        Path socket = value.base.resolve(text.substring(UNIX.length())).normalize();
        if (text.equals(UNIX) || !SocketPlace.fits(socket)) {
            problems.add(value.place + ": \"" + text + "\" is not " + UNIX
                    + " and a path that has no more than 107 bytes with all directories");
        }
        return socket;
    }

    private List<URI> routerAdmins(Value value) {
        List<URI> admins = new ArrayList<>();
        for (String text : Arrays.asList(value.text.split(","))) {
            Matcher matcher = ADMIN.matcher(text.strip());
            if (text.strip().startsWith(UNIX)) {
                admins.add(AdminListen.uri(unixSocket(value, text.strip())));
            } else if (!matcher.matches()) {
                problems.add(value.place + ": \"" + text.strip()
                        + "\" is not an address such as unix:/run/router.sock or https://router.example.com:8082");
            } else if (matcher.group("scheme").equals("http") && !Endpoint.isLoopback(matcher.group("host"))) {
                problems.add(value.place + ": \"" + text.strip()
                        + "\" is not on this machine; the credential goes there by https only");
            } else {
                admins.add(URI.create(text.strip()));
            }
        }
        return List.copyOf(admins);
    }

    private @Nullable Secret routerCredential() {
        String credential = environment.get(CREDENTIAL_VARIABLE);
        if (credential != null && !credential.matches("[\\x21-\\x7e]{" + SHORTEST_CREDENTIAL + ",1024}")) {
            problems.add(
                    CREDENTIAL_VARIABLE + ": is not " + SHORTEST_CREDENTIAL + " to 1024 characters of visible ASCII");
        }
        return credential == null ? null : new Secret(credential);
    }

    private boolean truth(Setting setting) {
        Value value = value(setting, "false");
        if (!value.text.equals("true") && !value.text.equals("false")) {
            problem(value, "is neither true nor false");
        }
        return value.text.equals("true");
    }

    private Settings.@Nullable Tls tls() {
        boolean certificate = values.containsKey(Setting.TLS_CERTIFICATE);
        boolean key = values.containsKey(Setting.TLS_KEY);
        if (!certificate && !key) {
            return null;
        }
        if (certificate != key) {
            Setting missing = certificate ? Setting.TLS_KEY : Setting.TLS_CERTIFICATE;
            problems.add(missing.flag() + ": is missing; a certificate and its key go together");
            return null;
        }
        return new Settings.Tls(readable(Setting.TLS_CERTIFICATE), readable(Setting.TLS_KEY));
    }

    private Path readable(Setting setting) {
        Path file = path(setting, "");
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            problem(value(setting, ""), "is not a file that can be read");
        }
        return file;
    }

    private List<Network> trustedProxies() {
        Value value = value(Setting.TRUSTED_PROXIES, "");
        List<Network> networks = new ArrayList<>();
        for (String text : Arrays.asList(value.text.split(","))) {
            if (text.isBlank()) {
                continue;
            }
            try {
                networks.add(Network.parse(text.strip()));
            } catch (IllegalArgumentException e) {
                problems.add(value.place + ": " + e.getMessage());
            }
        }
        return List.copyOf(networks);
    }

    private Settings.UnitSettings units(
            SettingsFile file, Path keyFile, Settings.@Nullable Tls tls, List<Endpoint> routers) {
        int[] users = unitUsers();
        List<Path> hidden = new ArrayList<>(List.of(keyFile));
        if (tls != null) {
            hidden.add(tls.key());
        }
        file.path().ifPresent(hidden::add);
        return new Settings.UnitSettings(
                isolation(),
                users[0],
                users[1],
                file.unitProcesses(),
                file.unitOpenFiles(),
                List.copyOf(hidden),
                file.network(routers));
    }

    private Settings.Isolation isolation() {
        Value value = value(Setting.ISOLATION, isRoot() ? "required" : "best-effort");
        return switch (value.text) {
            case "required" -> Settings.Isolation.REQUIRED;
            case "best-effort" -> Settings.Isolation.BEST_EFFORT;
            default -> {
                problem(value, "is neither required nor best-effort");
                yield Settings.Isolation.REQUIRED;
            }
        };
    }

    /** Who owns a process's directory is who it runs as. */
    private static boolean isRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private int[] unitUsers() {
        Settings.UnitSettings usual = Settings.UnitSettings.DEFAULT;
        Value value = value(Setting.UNIT_USERS, usual.firstUser() + "-" + usual.lastUser());
        Matcher range = Pattern.compile("(\\d{1,10})-(\\d{1,10})").matcher(value.text);
        if (range.matches()) {
            long first = Long.parseLong(range.group(1));
            long last = Long.parseLong(range.group(2));
            if (first >= LOWEST_UNIT_USER && first <= last && last <= HIGHEST_UNIT_USER) {
                return new int[] {(int) first, (int) last};
            }
        }
        problem(
                value,
                "is not a range such as 200000-265535, from " + LOWEST_UNIT_USER + " at the lowest to "
                        + HIGHEST_UNIT_USER);
        return new int[] {usual.firstUser(), usual.lastUser()};
    }

    private Settings.LogFormat logFormat(boolean terminal) {
        Value value = value(Setting.LOG_FORMAT, terminal ? "pretty" : "json");
        return switch (value.text) {
            case "pretty" -> Settings.LogFormat.PRETTY;
            case "json" -> Settings.LogFormat.JSON;
            default -> {
                problem(value, "is neither json nor pretty");
                yield Settings.LogFormat.JSON;
            }
        };
    }
}
