package io.orizuru.router.remote;

import io.orizuru.config.Settings;
import io.orizuru.config.Settings.RoutersApart;
import io.orizuru.files.Descriptors;
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
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The built-in router as a process of its own: serves by the routes it has on disk from the moment it starts, whether or
 * not a server is there, and by those that servers tell it from then on.
 */
public final class StandaloneRouter implements AutoCloseable {
    /** How long requests under way may take after the process was told to end. */
    private static final Duration DRAIN = Duration.ofSeconds(20);

    /** Beyond that many the memory of their buffers costs more than they bring. */
    private static final int MOST_LOOPS = 16;

    private final FileChannel lock;
    private final DataPlane plane;
    private final AdminServer admin;
    private final int port;
    private final int adminPort;

    private StandaloneRouter(FileChannel lock, DataPlane plane, AdminServer admin, int port) {
        this.lock = lock;
        this.plane = plane;
        this.admin = admin;
        this.port = port;
        this.adminPort = admin.start();
    }

    /**
     * Starts it. Its files are in {@code router} below the data directory, which it may share with a server.
     *
     * @throws IOException saying what an operator has to mend: an address in use, a file that cannot be read, a second
     *     router on the same directory, an admin listener that others could read along
     */
    public static StandaloneRouter start(Settings settings) throws IOException {
        RoutersApart apart = settings.routersApart();
        SSLContext tls = tls(settings.tls());
        if (tls == null && !apart.adminListen().isLoopback()) {
            throw new IOException("--router-admin-listen: " + apart.adminListen()
                    + " can be reached from elsewhere, so it needs --tls-certificate and --tls-key");
        }
        Path directory = settings.data().resolve("router");
        DurableFile.makeDirectory(directory);
        FileChannel lock = lock(directory);
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
            AdminServer admin = new AdminServer(
                    apart.adminListen(), tls, plane, routes, certificates, Credential.of(apart), newLife());
            int port = plane.start();
            started = true;
            return new StandaloneRouter(lock, plane, admin, port);
        } finally {
            if (!started) {
                plane.close();
                lock.close();
            }
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

    /** Where it is told its routes. */
    public int adminPort() {
        return adminPort;
    }

    /** Takes no new connections, lets requests under way end, 20 s at most, and is gone. */
    @Override
    public void close() throws IOException {
        admin.drain();
        plane.close();
        admin.close();
        lock.close();
    }
}
