package io.orizuru.config;

import io.orizuru.secret.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All that an operator can set, checked. Made by {@link SettingsReader}; every value has its default already.
 *
 * @param data the data directory
 * @param listen where the API listens
 * @param routerListen where the built-in router listens
 * @param routerTlsListen where it listens for TLS, with the certificates of apps; null for nowhere
 * @param domain below which apps get their names
 * @param databaseUrl a JDBC or libpq URL with its credentials; null starts the embedded database
 * @param keyFile the file with the key that secrets are encrypted with
 * @param adminEmail the first administrator
 * @param adminPassword the first administrator's password; null makes a random one
 * @param tls null serves cleartext
 * @param trustedProxies whose {@code X-Forwarded-*} headers are believed
 * @param routersApart routers in processes of their own
 * @param routers the routers; the first one marked default, else the first, is used where none is asked for
 * @param defaultProvisioner of pools that name none
 * @param volumePlans plan name → provisioner → parameters
 * @param userRegistration whether anyone may create a user
 * @param auth how people log in
 * @param mail how mail goes out; null writes it into the data directory
 * @param outgoingAllowed networks beyond the public ones that outgoing calls may reach
 * @param limits how much of this server its callers may use
 * @param build what builds get besides the app's own environment
 * @param buildLimits what one build may use
 * @param units how apps are kept apart on this machine
 * @param operations how many operations a server runs, and for how long
 * @param diskReserve bytes of each file system that stay free; null for a part of it
 * @param shells how many shells people may have, and for how long
 * @param autoscale how units follow their load
 * @param wakeLimit how long a request for an app that is asleep waits until it is awake
 * @param names which further names apps may have
 * @param stopUnits whether units end with the last server of the machine; else the next one adopts them
 * @param logFormat how the server's log looks
 */
public record Settings(
        Path data,
        Endpoint listen,
        Endpoint routerListen,
        @Nullable Endpoint routerTlsListen,
        String domain,
        @Nullable Secret databaseUrl,
        Path keyFile,
        String adminEmail,
        @Nullable Secret adminPassword,
        @Nullable Tls tls,
        List<Network> trustedProxies,
        RoutersApart routersApart,
        List<RouterSettings> routers,
        String defaultProvisioner,
        Map<String, Map<String, Map<String, Object>>> volumePlans,
        boolean userRegistration,
        Auth auth,
        Quotas quotas,
        @Nullable Mail mail,
        List<Network> outgoingAllowed,
        Limits limits,
        BuildEnvironment build,
        BuildLimits buildLimits,
        UnitSettings units,
        Operations operations,
        @Nullable Long diskReserve,
        Shells shells,
        Autoscale autoscale,
        Duration wakeLimit,
        Names names,
        boolean stopUnits,
        LogFormat logFormat) {

    /** A certificate chain and its key, both PEM; read again when the files change. */
    public record Tls(Path certificate, Path key) {}

    /** Where the built-in router of a server is. */
    public enum RouterPlace {
        /** In a process that the server starts, and that serves on when the server dies. */
        OWN_PROCESS,
        /** In the server's process. */
        IN_PROCESS,
        /** The server starts none: routers run apart, which somebody else started. */
        NONE
    }

    /**
     * Routers that run in processes of their own, and how a server tells them its routes.
     *
     * @param place whether the server has its router in its own process, and who starts it otherwise
     * @param adminListen where such a router is told
     * @param admins where a server finds them: {@code unix:} and a path, or {@code http://} or {@code https://}, host and
     *     port; empty when the router runs in the server's process
     * @param credential null takes it from the file
     * @param credentialFile holds it, is made if it is missing
     * @param authorities PEM; null believes those of the Java runtime
     */
    public record RoutersApart(
            RouterPlace place,
            AdminListen adminListen,
            List<URI> admins,
            @Nullable Secret credential,
            Path credentialFile,
            @Nullable Path authorities) {}

    /**
     * A router of the settings.
     *
     * @param name as apps refer to it
     * @param type what the API calls it: {@code builtin}, or {@code hipache} or {@code planb} for the same one
     * @param domain below which it names apps
     * @param options of its type
     * @param isDefault whether apps get it when they ask for none
     * @param tls whether it holds certificates and lets visitors in by them
     */
    public record RouterSettings(
            String name, String type, String domain, Map<String, String> options, boolean isDefault, boolean tls) {
        /** A router without TLS. */
        public RouterSettings(String name, String type, String domain, Map<String, String> options, boolean isDefault) {
            this(name, type, domain, options, isDefault, false);
        }
    }

    /**
     * What builds see and units do not.
     *
     * @param environment variables, for example of package registries
     * @param files where builds see a file → the file of this machine. A place that begins with {@code ~/} is in the
     *     build's home
     */
    public record BuildEnvironment(Map<String, String> environment, Map<String, Path> files) {
        /** In bytes. All of a file is looked through for secrets, before each build. */
        public static final long LARGEST_FILE = 1L << 20;

        /** Files that builds see at their own place. */
        public BuildEnvironment(Map<String, String> environment, List<Path> files) {
            this(environment, files.stream().collect(Collectors.toMap(Path::toString, file -> file, (a, b) -> a)));
        }

        /** Why builds cannot be given a file, as the end of a sentence about it; null if they can. */
        public static @Nullable String problemOf(Path file) {
            if (!Files.isReadable(file)) {
                return "is not there or cannot be read";
            }
            if (!Files.isRegularFile(file)) {
                return "is not a regular file: builds get files, no directories";
            }
            try {
                long size = Files.size(file);
                return size <= LARGEST_FILE
                        ? null
                        : "has " + size + " bytes, more than " + LARGEST_FILE
                                + ", up to which secrets in it are masked in what builds print";
            } catch (IOException e) {
                return "cannot be read (" + e.getClass().getSimpleName() + ")";
            }
        }
    }

    /**
     * What one build may use.
     *
     * @param timeout for its commands
     * @param memoryBytes 0 for no limit
     * @param cpuMilli thousandths of a core, 0 for no limit
     * @param sizeBytes of all that it writes, and of what comes out
     * @param processes threads included
     */
    public record BuildLimits(Duration timeout, long memoryBytes, int cpuMilli, long sizeBytes, int processes) {
        public static final BuildLimits DEFAULT =
                new BuildLimits(Duration.ofMinutes(15), 2L << 30, 2000, 2L << 30, 2048);

        public BuildLimits withTimeout(Duration other) {
            return new BuildLimits(other, memoryBytes, cpuMilli, sizeBytes, processes);
        }
    }

    /** What happens when this machine lacks a part of what keeps apps apart. */
    public enum Isolation {
        /** Nothing is built or started. */
        REQUIRED,
        /** It is done without that part. */
        BEST_EFFORT
    }

    /**
     * How apps are kept apart on this machine.
     *
     * @param isolation what happens when a part of it is missing
     * @param firstUser the first of the user numbers that apps get, one each, when the server is root
     * @param lastUser the last of them
     * @param processes that a unit may have, threads included
     * @param openFiles that each process of a unit or build may have
     * @param hidden files of the server that no unit and no build may read
     * @param network of units and builds
     */
    public record UnitSettings(
            Isolation isolation,
            int firstUser,
            int lastUser,
            int processes,
            int openFiles,
            List<Path> hidden,
            NetworkSettings network) {
        public static final UnitSettings DEFAULT =
                new UnitSettings(Isolation.BEST_EFFORT, 200_000, 265_535, 1024, 65_536, List.of());

        /** With the usual network. */
        public UnitSettings(
                Isolation isolation, int firstUser, int lastUser, int processes, int openFiles, List<Path> hidden) {
            this(isolation, firstUser, lastUser, processes, openFiles, hidden, NetworkSettings.DEFAULT);
        }

        public UnitSettings withNetwork(NetworkSettings other) {
            return new UnitSettings(isolation, firstUser, lastUser, processes, openFiles, hidden, other);
        }
    }

    /**
     * How the number of units follows their load, where a process has a rule.
     *
     * @param interval between two looks
     * @param stabilization how long a smaller number must have been enough, where a rule says nothing else
     */
    public record Autoscale(Duration interval, Duration stabilization) {
        public static final Autoscale DEFAULT = new Autoscale(Duration.ofSeconds(10), Duration.ofMinutes(5));
    }

    /**
     * How people log in.
     *
     * @param sessionLife how long a log-in lasts, a minute to 365 days
     * @param sessionsPerUser how many sessions a user may have, 1 to 10000; the oldest goes for a new one
     * @param hideUnknownUsers whether an unknown user is answered as a wrong password is
     */
    public record Auth(Duration sessionLife, int sessionsPerUser, boolean hideUnknownUsers) {}

    /**
     * What those that are made from now on may have until somebody changes their limit; -1 for any number.
     *
     * @param appsPerUser that a user may make; the administrator of the first start may make any number
     * @param appsPerTeam that a team may own
     * @param unitsPerApp that an app may have
     */
    public record Quotas(int appsPerUser, int appsPerTeam, int unitsPerApp) {
        public static final Quotas UNLIMITED = new Quotas(-1, -1, -1);
    }

    /**
     * A mail server.
     *
     * @param from whom mail comes from, an address
     * @param user null sends without credentials
     * @param password the user's
     * @param authorities a file of certificates in PEM, the only ones that vouch for the server; null for those of the Java
     *     runtime
     */
    public record Mail(
            String host,
            int port,
            String from,
            @Nullable String user,
            @Nullable Secret password,
            MailSecurity security,
            @Nullable Path authorities) {}

    /** How the connection to a mail server is kept from others. */
    public enum MailSecurity {
        /** Begins in cleartext and must become TLS before anything is said. */
        STARTTLS,
        /** TLS from the beginning. */
        TLS,
        /** Cleartext. */
        NONE
    }

    /**
     * How much of the API callers may use; 0 for any number. Requests are counted over all servers of a database.
     *
     * @param connections at once, of this server
     * @param connectionsPerAddress at once, of this server; proxies that are trusted are no address
     * @param requestsPerToken a minute
     * @param requestsPerAddress a minute
     * @param loginsPerAddress a minute: requests that hash a password
     */
    public record Limits(
            int connections,
            int connectionsPerAddress,
            int requestsPerToken,
            int requestsPerAddress,
            int loginsPerAddress) {
        /** For more than any person or pipeline does, and less than what takes the server from the others. */
        public static final Limits USUAL = new Limits(4096, 512, 6_000, 18_000, 300);
    }

    /**
     * The operations of a server that take longer than a request.
     *
     * @param atOnce how many run at once, 1 at least
     * @param atOncePerTeam how many of them one team's may be
     * @param waitingPerTeam how many of one team's may wait for their turn
     * @param longest after so long one is broken off
     * @param longestWait after so long one that waits for its turn is given up
     * @param buildsAtOnce how many builds run at once, 1 at least; one team's are a quarter of them, one at least
     */
    public record Operations(
            int atOnce,
            int atOncePerTeam,
            int waitingPerTeam,
            Duration longest,
            Duration longestWait,
            int buildsAtOnce) {
        public static final Operations USUAL =
                new Operations(64, 16, 100, Duration.ofHours(2), Duration.ofHours(1), 16);
    }

    /**
     * The shells that people open in apps.
     *
     * @param perApp at once on a server, 0 for none
     * @param perServer at once, 0 for none; one team's are a quarter of them, one at least
     * @param idle after so long without a key and without output one is ended
     * @param longest after so long one is ended in any case
     */
    public record Shells(int perApp, int perServer, Duration idle, Duration longest) {
        public static final Shells USUAL = new Shells(10, 50, Duration.ofMinutes(30), Duration.ofHours(12));
    }

    /**
     * Which further names apps may have.
     *
     * @param reserved nobody's, with all names below them: of the API, of whatever else stands there
     * @param proven whether who adds one first shows by a TXT record that it is theirs
     * @param dns who is asked for that record; null asks the server that the machine asks
     */
    public record Names(
            List<String> reserved, boolean proven, @Nullable Endpoint dns) {
        public static final Names USUAL = new Names(List.of(), false, null);
    }

    public enum LogFormat {
        JSON,
        PRETTY
    }

    /** The router that apps get when they ask for none. */
    public RouterSettings defaultRouter() {
        return routers.stream().filter(RouterSettings::isDefault).findFirst().orElse(routers.getFirst());
    }
}
