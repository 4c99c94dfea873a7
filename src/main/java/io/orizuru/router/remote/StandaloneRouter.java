package io.orizuru.router.remote;

import io.orizuru.config.AdminListen;
import io.orizuru.config.Endpoint;
import io.orizuru.config.Settings;
import io.orizuru.config.Settings.RoutersApart;
import io.orizuru.files.Descriptors;
import io.orizuru.outgoing.Trust;
import io.orizuru.router.builtin.BuiltinRouter;
import io.orizuru.router.builtin.DataPlane;
import io.orizuru.router.builtin.PemContext;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The built-in router as a process of its own: serves by the routes it has on disk from the moment it starts, whether or
 * not a server is there, and by those that servers tell it from then on.
 */
public final class StandaloneRouter implements AutoCloseable {
    /** How long requests under way may take after the process was told to end. */
    private static final Duration DRAIN = Duration.ofSeconds(20);

    /** How long another router may take to give its place. */
    private static final Duration HAND_OVER = Duration.ofSeconds(10);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(2);

    /** Beyond that many the memory of their buffers costs more than they bring. */
    private static final int MOST_LOOPS = 16;

    private final FileChannel lock;
    private final DataPlane plane;
    private final AdminServer admin;
    private final int port;
    private final boolean keepsAdminToItsEnd;
    private final int adminPort;

    private StandaloneRouter(FileChannel lock, DataPlane plane, AdminServer admin, AdminListen listen, int port)
            throws IOException {
        this.lock = lock;
        this.plane = plane;
        this.admin = admin;
        this.port = port;
        this.keepsAdminToItsEnd = listen instanceof AdminListen.Tcp;
        this.adminPort = admin.start();
    }

    /** As {@link #start(Settings, Runnable, boolean)}, for a router that nobody tells to end. */
    public static StandaloneRouter start(Settings settings) throws IOException {
        return start(settings, () -> {}, false);
    }

    /**
     * Starts it. Its files are in {@code router} below the data directory, which it may share with a server.
     *
     * @param end what it does when a server tells it to end, because it takes another one
     * @param follows whether another one runs whose place it takes: all is made ready first, then that one is told to end
     * @throws IOException saying what an operator has to mend: an address in use, a file that cannot be read, a second
     *     router on the same directory, an admin listener that others could read along
     */
    public static StandaloneRouter start(Settings settings, Runnable end, boolean follows) throws IOException {
        RoutersApart apart = settings.routersApart();
        SSLContext tls = tls(settings.tls());
        if (tls == null && !apart.adminListen().isLocal()) {
            throw new IOException("--router-admin-listen: " + apart.adminListen()
                    + " can be reached from elsewhere, so it needs --tls-certificate and --tls-key");
        }
        Path directory = settings.data().resolve("router");
        DurableFile.makeDirectory(directory);
        Credential credential = Credential.of(apart);
        if (follows) {
            prepare(directory);
            tellToEnd(apart, credential);
        }
        FileChannel lock = follows ? awaitLock(directory) : lock(directory);
        BuiltinRouter.Timeouts timeouts =
                BuiltinRouter.Timeouts.DEFAULT.withShutdown(DRAIN).withWake(settings.wakeLimit());
        DataPlane plane = new DataPlane(BuiltinRouter.Options.of(settings.routerListen())
                .withLimits(BuiltinRouter.Limits.DEFAULT.within(Descriptors.own()))
                .withTls(settings.routerTlsListen())
                .withTrustedProxies(settings.trustedProxies())
                .withEventLoops(Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_LOOPS))
                .withTimeouts(timeouts));
        boolean started = false;
        try {
            KeptRoutes routes = new KeptRoutes(plane, directory.resolve("routes"));
            routes.load();
            KeptCertificates certificates = new KeptCertificates(plane, directory.resolve("certificates"));
            certificates.load();
            int port = plane.listen();
            Wire.Self self = new Wire.Self(
                    ProcessHandle.current().pid(),
                    Program.home(directory),
                    Program.build(),
                    settingsOf(settings),
                    port,
                    plane.tlsPort());
            AdminServer admin = new AdminServer(
                    apart.adminListen(), tls, plane, routes, certificates, credential, newLife(), () -> self, end);
            StandaloneRouter router = new StandaloneRouter(lock, plane, admin, apart.adminListen(), port);
            plane.accept();
            started = true;
            return router;
        } finally {
            if (!started) {
                plane.close();
                lock.close();
            }
        }
    }

    /** What it serves by, as one word: a router with another word is another router. */
    static String settingsOf(Settings settings) {
        return Program.word(List.of(
                        settings.routerListen(),
                        String.valueOf(settings.routerTlsListen()),
                        settings.trustedProxies(),
                        settings.wakeLimit(),
                        settings.routersApart().adminListen(),
                        String.valueOf(settings.tls()))
                .toString());
    }

    /** What takes time is done while the other one still serves: classes are loaded, and the routes were read once. */
    private static void prepare(Path directory) throws IOException {
        try (DataPlane rehearsal = new DataPlane(BuiltinRouter.Options.of(new Endpoint("127.0.0.1", 0)))) {
            rehearsal.listen();
            new KeptRoutes(rehearsal, directory.resolve("routes")).load();
        }
    }

    private static void tellToEnd(RoutersApart apart, Credential credential) {
        AdminCalls other = new AdminCalls(apart.adminListen().uri(), credential, Trust.standard());
        try {
            other.post(Wire.END, Map.of(), AdminCalls.ANSWER, Wire.Self.class);
        } catch (IOException e) {
            // It is gone already, or the lock tells that it is not.
        }
    }

    private static FileChannel awaitLock(Path directory) throws IOException {
        long deadline = System.nanoTime() + HAND_OVER.toNanos();
        while (true) {
            try {
                return lock(directory);
            } catch (IOException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                rest();
            }
        }
    }

    private static void rest() throws IOException {
        try {
            Thread.sleep(BETWEEN_LOOKS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted before it took over", e);
        }
    }

    private static @Nullable SSLContext tls(Settings.@Nullable Tls settings) throws IOException {
        return settings == null ? null : PemContext.of(settings.certificate(), settings.key());
    }

    private static FileChannel lock(Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean taken = false;
        try {
            taken = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            // Taken by this very process.
        }
        if (!taken) {
            channel.close();
            throw new IOException("another router uses " + directory + "; stop that one or choose another --data");
        }
        return channel;
    }

    private static String newLife() {
        byte[] bytes = new byte[8];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Where apps are served. */
    public int port() {
        return port;
    }

    /** Where apps are served over TLS; 0 when they are not. */
    public int tlsPort() {
        return plane.tlsPort();
    }

    /** Where it is told its routes; 0 for a Unix socket. */
    public int adminPort() {
        return adminPort;
    }

    /**
     * Takes no new connections, lets requests under way end, 20 s at most, and is gone. Another one may take its place as
     * soon as it takes no more.
     */
    @Override
    public void close() throws IOException {
        admin.drain();
        plane.stopListening();
        if (!keepsAdminToItsEnd) {
            // The file of the socket belongs to whoever has the lock.
            admin.stopListening();
        }
        lock.close();
        plane.close();
        admin.close();
    }
}
