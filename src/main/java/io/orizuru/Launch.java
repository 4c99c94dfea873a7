package io.orizuru;

import io.orizuru.config.Endpoint;
import io.orizuru.config.Network;
import io.orizuru.config.Settings;
import io.orizuru.db.DataLock;
import io.orizuru.db.DatabaseAccess;
import io.orizuru.db.DatabaseStartException;
import io.orizuru.db.EmbeddedPostgres;
import io.orizuru.limit.ConnectionLimits;
import io.orizuru.secret.Secret;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusBindException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One run of the server: the database starts while the framework does, and stops after it.
 *
 * <p>The framework makes its own objects, so what they need of this one is handed over through {@link #current}.
 */
final class Launch {
    /** Until the database is stopped whatever else goes on; it needs a moment itself, and 30 s are for all. */
    private static final long LONGEST_SHUTDOWN_SECONDS = 26;

    private static final int FAILED = 1;
    private static @Nullable Launch current;

    private final Settings settings;
    private volatile boolean tour;
    private volatile boolean training;
    private volatile boolean keepsRouter;
    private volatile @Nullable Administrator administrator;
    private final AutoCloseable data;
    private final @Nullable EmbeddedPostgres embedded;
    private final DatabaseAccess database;
    private final CompletableFuture<URI> api = new CompletableFuture<>();
    private final CountDownLatch frameworkEnded = new CountDownLatch(1);

    private Launch(Settings settings, AutoCloseable data, DatabaseAccess database) {
        this.settings = settings;
        this.data = data;
        this.embedded = data instanceof EmbeddedPostgres postgres ? postgres : null;
        this.database = database;
    }

    /**
     * Takes the data directory and begins to start the database.
     *
     * @throws DatabaseStartException if the directory cannot be used
     */
    static Launch of(Settings settings) {
        makeDataDirectory(settings.data());
        Secret url = settings.databaseUrl();
        Launch launch;
        if (url == null) {
            EmbeddedPostgres postgres = EmbeddedPostgres.start(settings.data());
            launch = new Launch(settings, postgres, postgres.access());
        } else {
            launch = new Launch(settings, DataLock.share(settings.data()), DatabaseAccess.of(url));
        }
        current = launch;
        return launch;
    }

    static Launch current() {
        if (current == null) {
            throw new IllegalStateException("the server was not started through its commands");
        }
        return current;
    }

    /** This run is a tour: what it starts it also ends, and it tells by itself who may log in. */
    void beTour() {
        tour = true;
    }

    /** This run only shows what a start needs, and is over in a moment. */
    void beTraining() {
        training = true;
    }

    Settings.RouterPlace routerPlace() {
        return training
                ? Settings.RouterPlace.IN_PROCESS
                : settings.routersApart().place();
    }

    boolean isTour() {
        return tour;
    }

    /**
     * What started this run may start it again, and ends it when it ends. When it was killed there is nobody who would: then
     * this run ends in order, so that the next one finds all free.
     */
    private void endWithSupervisor() {
        Long supervisor = Long.getLong("orizuru.supervisor");
        if (supervisor == null) {
            return;
        }
        ProcessHandle parent = ProcessHandle.current().parent().orElse(null);
        if (parent == null || parent.pid() != supervisor) {
            abandoned();
            return;
        }
        var unused = parent.onExit().thenRun(this::abandoned);
    }

    private void abandoned() {
        System.err.println("orizuru: what supervises the server is gone; the server ends, its router and units go on");
        keepsRouter = true;
        Thread.ofPlatform().name("abandoned").start(() -> System.exit(FAILED));
    }

    /** Whether the router goes on when this run ends in order. */
    boolean keepsRouter() {
        return keepsRouter;
    }

    /** Whether units end with the server. */
    boolean stopsUnits() {
        return !keepsRouter && (tour || settings.stopUnits());
    }

    /** Runs {@code work} as soon as the process is told to end, beside what the framework then does. */
    void whenAskedToEnd(Runnable work) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            // A start that failed has ended already, and with it what the work would need.
                            if (frameworkEnded.getCount() > 0) {
                                work.run();
                            }
                        },
                        "ending"));
    }

    /** The administrator was made in this run; its password is known until the process ends, to whoever shows it. */
    void madeAdministrator(String email, String password) {
        administrator = new Administrator(email, new Secret(password));
    }

    @Nullable
    Administrator administrator() {
        return administrator;
    }

    /** The administrator that this run made. */
    record Administrator(String email, Secret password) {}

    Settings settings() {
        return settings;
    }

    /** Waits until statements can be sent. */
    void awaitDatabase() {
        if (embedded != null) {
            embedded.awaitReady();
        }
    }

    /** The API answers. */
    void serving(URI address) {
        api.complete(address);
    }

    /** Runs {@code work} in a thread of its own once the API answers. */
    void whenServing(Consumer<URI> work) {
        Thread.ofVirtual().start(() -> work.accept(api.join()));
    }

    /** Serves until the process is told to end. */
    void run() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::closeLast, "close-last"));
        endWithSupervisor();
        configureFramework();
        Quarkus.run(null, (code, failure) -> {
            frameworkEnded.countDown();
            tell(failure);
            if (failure != null) {
                // What still runs has lost what it needs, and would only tell that.
                java.util.logging.Logger.getLogger("").setLevel(java.util.logging.Level.OFF);
            }
            System.exit(code);
        });
    }

    /** What an operator can mend is said in a line; anything else is a bug and needs its trace. */
    private static void tell(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof DatabaseStartException
                    || cause instanceof UncheckedIOException
                    || cause instanceof QuarkusBindException) {
                System.err.println("orizuru: the server cannot start: " + cause.getMessage());
                return;
            }
        }
        if (failure != null) {
            failure.printStackTrace();
        }
    }

    /** Requests that still run need the database; so it goes after the framework, which ends in a hook of its own. */
    private void closeLast() {
        boolean ended = false;
        try {
            ended = frameworkEnded.await(LONGEST_SHUTDOWN_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                System.err.println("orizuru: not all ended in time; the database is stopped under it");
            }
            data.close();
        } catch (Exception e) {
            System.err.println("orizuru: the database was not stopped: " + e);
        }
        if (!ended) {
            Runtime.getRuntime().halt(FAILED);
        }
    }

    private void configureFramework() {
        Endpoint listen = settings.listen();
        set("quarkus.http.host", listen.host());
        Settings.Tls tls = settings.tls();
        if (tls == null) {
            set("quarkus.http.port", listen.port());
        } else {
            set("quarkus.http.ssl-port", listen.port());
            set("quarkus.http.insecure-requests", "disabled");
            set("quarkus.http.tls-configuration-name", "api");
            set("quarkus.tls.api.key-store.pem.0.cert", tls.certificate());
            set("quarkus.tls.api.key-store.pem.0.key", tls.key());
            set("quarkus.tls.api.reload-period", "10s");
        }
        if (!settings.trustedProxies().isEmpty()) {
            set("quarkus.http.proxy.proxy-address-forwarding", true);
            set("quarkus.http.proxy.allow-x-forwarded", true);
            set("quarkus.http.proxy.enable-forwarded-host", true);
            set(
                    "quarkus.http.proxy.trusted-proxies",
                    settings.trustedProxies().stream().map(Network::toString).collect(Collectors.joining(",")));
        }
        set(ConnectionLimits.PROPERTY, ConnectionLimits.ENABLED);
        set("quarkus.http.body.uploads-directory", settings.data().resolve("uploads"));
        set("quarkus.log.console.json.enabled", settings.logFormat() == Settings.LogFormat.JSON);
        // Migrations go past the pool, whose connections have limits that a large table may not keep.
        set("quarkus.datasource.jdbc.url", database.jdbcUrl());
        set("quarkus.flyway.jdbc-url", database.jdbcUrl());
        String user = database.user();
        if (user != null) {
            set("quarkus.datasource.username", user);
            set("quarkus.flyway.username", user);
        }
        Secret password = database.password();
        if (password != null) {
            set("quarkus.datasource.password", password.value());
            set("quarkus.flyway.password", password.value());
        }
    }

    private static void set(String property, Object value) {
        System.setProperty(property, value.toString());
    }

    /** Started by root, the database and the apps run as other users, who must be able to walk through. */
    static void makeDataDirectory(Path data) {
        try {
            if (Files.isDirectory(data)) {
                return;
            }
            boolean root = Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
            Path parent = data.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.createDirectory(data);
            Files.setPosixFilePermissions(data, PosixFilePermissions.fromString(root ? "rwx--x--x" : "rwx------"));
        } catch (IOException e) {
            throw new DatabaseStartException("the data directory " + data + " cannot be made", e);
        }
    }
}
