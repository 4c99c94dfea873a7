package io.orizuru.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.config.Network;
import io.orizuru.failure.Failure;
import io.orizuru.outgoing.Door;
import io.orizuru.outgoing.Resolver;
import io.orizuru.testing.GitServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a real git server. */
@Timeout(120)
class RepositoriesTest {
    private static final int USER = 64321;

    private final @Nullable Integer user = isRoot() ? USER : null;

    @TempDir
    Path directory;

    private GitServer server;
    private Repositories repositories;

    @BeforeEach
    void start() {
        server = GitServer.start(directory.resolve("served"));
        repositories = repositories(Network.parse("127.0.0.0/8"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static boolean isRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The name "git.test" leads to the loopback, for whoever asks the door. */
    private Repositories repositories(Network... allowed) {
        Resolver resolver = name -> List.of(InetAddress.ofLiteral(name.equals("git.test") ? "127.0.0.1" : "192.0.2.1"));
        return new Repositories(
                directory.resolve("data"), new Door(Door.Limits.standard(), List.of(allowed), resolver));
    }

    private Fetched fetch(String ref) throws IOException {
        return fetch(server.url("blog"), ref);
    }

    private record Fetched(String commit, Map<String, String> files) {}

    private Fetched fetch(String url, String ref) throws IOException {
        Path archive = directory.resolve("archive.tar");
        String commit = repositories.fetch("team", Repository.of(url, ref, "", ""), user, archive, () -> {});
        Map<String, String> files = new TreeMap<>();
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new ByteArrayInputStream(Files.readAllBytes(archive)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                files.put(entry.getName(), new String(tar.readAllBytes(), UTF_8));
            }
        }
        assertNothingIsLeft();
        return new Fetched(commit, files);
    }

    private void assertNothingIsLeft() {
        assertThat(directory.resolve("data/git")).isEmptyDirectory();
    }

    private void assertRefused(String url, String ref, String why) {
        Path archive = directory.resolve("refused.tar");
        assertThatThrownBy(() -> repositories.fetch("team", Repository.of(url, ref, "", ""), user, archive, () -> {}))
                .isInstanceOf(Failure.class)
                .hasMessageContaining(why);
        assertThat(archive).doesNotExist();
    }

    @Test
    void aBranchATagAndACommitAreFetchedWithoutTheirHistory() throws IOException {
        String first = server.commit("blog", "main", Map.of("page", "one", ".gitattributes", "hidden export-ignore\n"));
        server.git("blog", "tag", "--annotate", "v1.0", "--message=one");
        String second = server.commit("blog", "main", Map.of("page", "two", "deep/er", "x"));
        String other = server.commit("blog", "feature/other", Map.of("page", "three"));

        assertThat(fetch("")).isEqualTo(new Fetched(second, Map.of("page", "two", "deep/", "", "deep/er", "x")));
        assertThat(fetch("v1.0").commit()).isEqualTo(first);
        assertThat(fetch(first).files()).containsEntry("page", "one");
        assertThat(fetch("feature/other")).isEqualTo(new Fetched(other, Map.of("page", "three")));
        assertThat(fetch("http://git.test:" + server.port() + "/blog", "main").commit())
                .as("git is told where the host is, and asks nobody")
                .isEqualTo(second);
    }

    @Test
    void whatIsNotThereIsToldClearly() {
        server.commit("blog", "main", Map.of("page", "one"));
        assertRefused(server.url("blog"), "absent", "it has no branch, tag or commit \"absent\"");
        assertRefused(server.url("blog"), "1234567", "it has no branch, tag or commit \"1234567\"");
        assertRefused(server.url("blog"), "12".repeat(20), "it has no branch, tag or commit \"1212");
        assertRefused(server.url("absent"), "", "the repository cannot be fetched: repository");
        server.close(true);
        assertRefused(server.url("blog"), "", "give git-user and git-password");
        server.close();
        assertRefused(server.url("blog"), "", "the repository cannot be fetched: unable to access");
        assertNothingIsLeft();
    }

    @Test
    void theOutgoingDoorDecidesWhereItMayGo() {
        server.commit("blog", "main", Map.of("page", "one"));
        server.redirectTo("http://localhost:" + server.port());
        assertRefused(server.url("blog"), "", "its server redirects to another address");
        server.redirectTo(null);
        repositories = repositories();
        assertRefused(server.url("blog"), "", "where outgoing calls may not go");
        assertRefused("http://git.test:" + server.port() + "/blog", "", "where outgoing calls may not go");
        assertRefused("http://0x7f000001:" + server.port() + "/blog", "", "four decimal numbers");
    }

    @Test
    void nothingOfARepositoryIsRunOrFollowed() throws IOException {
        Path witness = directory.resolve("witness");
        Files.createDirectories(witness.getParent());
        String touch = "touch " + witness;
        server.commit(
                "blog",
                "main",
                Map.of(
                        ".gitmodules",
                        "[submodule \"evil\"]\n\tpath = evil\n\turl = ext::sh -c " + touch.replace(" ", "% ") + "\n",
                        ".gitattributes",
                        "* filter=evil\n",
                        ".gitconfig",
                        "[filter \"evil\"]\n\tsmudge = " + touch + "\n",
                        "hooks/post-checkout",
                        "#!/bin/sh\n" + touch + "\n"));
        assertThat(fetch("").files()).containsKey("hooks/post-checkout");
        assertThat(witness).doesNotExist();
    }

    @Test
    void aFetchThatIsCancelledEndsAndLeavesNothing() {
        server.commit("blog", "main", Map.of("page", "one"));
        Path archive = directory.resolve("cancelled.tar");
        AtomicInteger looks = new AtomicInteger();
        server.hold();
        assertThatThrownBy(() ->
                        repositories.fetch("team", Repository.of(server.url("blog"), "", "", ""), user, archive, () -> {
                            if (looks.incrementAndGet() > 1) {
                                throw new IllegalStateException("cancelled");
                            }
                        }))
                .hasMessage("cancelled");
        assertThat(archive).doesNotExist();
        assertNothingIsLeft();
    }
}
