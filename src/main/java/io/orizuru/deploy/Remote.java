package io.orizuru.deploy;

import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.net.URISyntaxException;

/** Archives that are fetched from where people keep them. */
@ApplicationScoped
class Remote {
    private final Archives archives;

    Remote(Archives archives) {
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
        archives.fetch(url, archive);
    }
}
