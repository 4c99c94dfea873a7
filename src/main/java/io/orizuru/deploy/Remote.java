package io.orizuru.deploy;

import io.orizuru.app.App;
import io.orizuru.app.SystemUsers;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import io.orizuru.git.Repositories;
import io.orizuru.git.Repository;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.net.URISyntaxException;

/** What is fetched from where people keep it. */
@ApplicationScoped
class Remote {
    private final Archives archives;
    private final Repositories repositories;
    private final SystemUsers systemUsers;

    Remote(Archives archives, Repositories repositories, SystemUsers systemUsers) {
        this.archives = archives;
        this.repositories = repositories;
        this.systemUsers = systemUsers;
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
        run.await(() -> archives.fetch(run.team(), url, archive));
    }

    /** Fetches what a repository has now; answers its commit. Whatever an attempt before fetched is replaced. */
    String fetch(Run run, App app, Repository repository, String archive) {
        run.line("---- Fetching " + repository.ref() + " of " + repository.shown() + " ----");
        String commit = archives.write(
                archive,
                file -> repositories.fetch(run.team(), repository, systemUsers.of(app), file, () -> {
                    run.check();
                    archives.requireRoom();
                }));
        run.line(" ---> It is the commit " + commit);
        return commit;
    }
}
