package io.orizuru.router;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells whoever may read the data directory which routes this server's routers have at this moment: it answers each
 * connection to {@code routes.socket} with a line of JSON for each app and router, and closes it.
 */
public final class RouteListing implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(RouteListing.class);
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private @Nullable ServerSocketChannel channel;

    /**
     * Routes of one app on one router.
     *
     * @param certificates which of its names have one there, each with the certificate's fingerprint
     */
    public record Listed(String router, AppRoutes routes, Map<String, String> certificates) {
        public Listed {
            certificates = Map.copyOf(certificates);
        }
    }

    /** @param data the data directory */
    public RouteListing(Path data) {
        file = file(data);
    }

    private static Path file(Path data) {
        return data.toAbsolutePath().resolve("routes.socket");
    }

    /** Begins to answer. Where the system knows no such sockets, or the path is too long for one, it warns and does not. */
    public void start(Routers routers) {
        try {
            Files.deleteIfExists(file);
            ServerSocketChannel made = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            channel = made;
            made.bind(UnixDomainSocketAddress.of(file));
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            Thread.ofPlatform().name("route-listing").daemon().start(() -> serve(made, routers));
        } catch (IOException e) {
            LOG.warnf("the doctor cannot ask for routes: %s: %s", file, e.getMessage());
        }
    }

    private static void serve(ServerSocketChannel channel, Routers routers) {
        while (channel.isOpen()) {
            try (SocketChannel client = channel.accept()) {
                ByteBuffer rest = ByteBuffer.wrap(text(routers).getBytes(StandardCharsets.UTF_8));
                while (rest.hasRemaining()) {
                    client.write(rest);
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.debugf("somebody did not wait for the routes: %s", e.getMessage());
            }
        }
    }

    private static String text(Routers routers) throws JsonProcessingException {
        StringBuilder text = new StringBuilder();
        for (Router router : routers.all()) {
            Map<String, Map<String, String>> certificates = fingerprints(router);
            for (AppRoutes routes : router.observe()) {
                Map<String, String> ofApp = certificates.getOrDefault(routes.app(), Map.of());
                text.append(JSON.writeValueAsString(new Listed(router.name(), routes, ofApp)))
                        .append('\n');
            }
        }
        return text.toString();
    }

    /** By app and name. No key goes out here. */
    private static Map<String, Map<String, String>> fingerprints(Router router) {
        Map<String, Map<String, String>> byApp = new HashMap<>();
        router.observeCertificates().forEach(app -> {
            Map<String, String> ofApp = byApp.computeIfAbsent(app.app(), absent -> new HashMap<>());
            app.certificates().forEach(each -> ofApp.put(each.host(), each.fingerprint()));
        });
        return byApp;
    }

    /**
     * The routes of the server that runs on a data directory.
     *
     * @throws IOException when none answers
     */
    public static List<Listed> ask(Path data) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(file(data)))) {
            String text = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
            List<Listed> listed = new ArrayList<>();
            for (String line : text.lines().toList()) {
                listed.add(JSON.readValue(line, Listed.class));
            }
            return listed;
        }
    }

    @Override
    public void close() {
        try {
            if (channel != null) {
                channel.close();
            }
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.debugf("%s stays behind: %s", file, e.getMessage());
        }
    }
}
