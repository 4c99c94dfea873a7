package io.orizuru.deploy;

import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import io.orizuru.outgoing.AnswerHead;
import io.orizuru.outgoing.Call;
import io.orizuru.outgoing.Door;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;

/** Archives that are fetched from where people keep them. */
@ApplicationScoped
class Remote {
    private static final long MOST = 512L << 20;
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private final Door door;
    private final Archives archives;

    Remote(Door door, Archives archives) {
        this.door = door;
        this.archives = archives;
    }

    /** Refuses what is no address of an archive. */
    static void checked(String url) {
        uri(url);
    }

    private static URI uri(String url) {
        try {
            URI uri = new URI(url);
            boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (web && uri.getHost() != null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Told below, without the address: it may carry a password.
        }
        throw Failure.invalid("the archive-url is no address that begins with http:// or https://");
    }

    /** The address without what may be secret in it. */
    static String shown(String url) {
        URI uri = uri(url);
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        return uri.getScheme() + "://" + uri.getHost() + port + (uri.getRawPath() == null ? "" : uri.getRawPath());
    }

    /** Fetches an archive unless it is there already; no address, nothing to do. */
    void fetch(Run run, String url, String archive) {
        if (url.isEmpty() || archives.exists(archive)) {
            return;
        }
        run.line("---- Fetching the archive from " + shown(url) + " ----");
        try {
            archives.receive(archive, file -> {
                AnswerHead answer = door.save(Call.get(url).timeout(LIMIT).answerLimit(MOST), file);
                if (answer.status() != 200) {
                    throw Failure.upstream(
                            "the archive cannot be fetched: " + shown(url) + " answers with " + answer.status());
                }
            });
        } catch (IOException e) {
            throw Failure.upstream("the archive cannot be fetched from " + shown(url) + ": " + e.getMessage());
        }
    }
}
