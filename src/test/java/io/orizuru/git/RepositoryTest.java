package io.orizuru.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.failure.Failure;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RepositoryTest {
    @Test
    void anAddressIsWrittenInOneWayOnly() {
        Repository repository = Repository.of("HTTPS://Git.Example.COM/team/blog.git", "", "", "");
        assertThat(repository.url()).isEqualTo("https://git.example.com:443/team/blog.git");
        assertThat(repository.shown()).isEqualTo("https://git.example.com/team/blog.git");
        assertThat(repository.ref()).isEqualTo("HEAD");
        assertThat(repository.host()).isEqualTo("git.example.com");
        assertThat(Repository.of("http://[::1]:8080/a", "v1.0", "", "").host()).isEqualTo("::1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "blog",
                "/srv/git/blog",
                "file:///srv/git/blog",
                "git@example.com:team/blog.git",
                "ssh://git@example.com/team/blog.git",
                "git://example.com/blog",
                "ext::sh -c touch% /tmp/x",
                "https::https://example.com/blog",
                "--upload-pack=x",
                "https://example.com",
                "https://example.com/",
                "https:///blog",
                "https://exa mple.com/blog",
                "https://example.com/blog?service=x",
                "https://example.com/blog#main",
                "https://example.com/bl\nog",
                "https://user:hunter2@example.com/blog",
                "https://hunter2@example.com/blog",
                "https://example.com:x/blog"
            })
    void whatGitCouldReadInAnotherWayIsRefusedWithoutRepeatingIt(String url) {
        assertThatThrownBy(() -> Repository.of(url, "", "", ""))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("git-url")
                .hasMessageNotContaining("hunter2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-x", "--upload-pack=x", "a..b", "a:b", "+main", "main^{tree}", "a b", "refs/", "*"})
    void aRefIsABranchATagOrACommit(String ref) {
        assertThatThrownBy(() -> Repository.of("https://example.com/blog", ref, "", ""))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("is no branch, tag or commit");
    }

    @Test
    void credentialsGoOverHttpsAndIntoTheEnvironmentOnly() {
        assertThatThrownBy(() -> Repository.of("http://example.com/blog", "", "", "hunter2"))
                .hasMessageContaining("https:// only");
        assertThatThrownBy(() -> Repository.of("https://example.com/blog", "", "me", ""))
                .hasMessageContaining("without git-password");
        assertThatThrownBy(() -> Repository.of("https://example.com/blog", "", "", "hunter2\r\nX: y"))
                .hasMessageContaining("cannot be printed")
                .hasMessageNotContaining("hunter2");
        Repository repository = Repository.of("https://example.com/blog", "", "", "hunter2");
        assertThat(repository.toString()).doesNotContain("hunter2");
        List<String> line = GitCommand.line(repository, 20000, true, Path.of("/srv/work"), Duration.ofMinutes(5));
        assertThat(line).noneMatch(word -> word.contains("hunter2") || word.contains("Z2l0Omh1bnRlcjI="));
        Map<String, String> environment = GitCommand.environment(
                repository,
                List.of(
                        new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 443),
                        new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 443)));
        assertThat(environment)
                .containsValue("Authorization: Basic Z2l0Omh1bnRlcjI=")
                .containsValue("example.com:443:192.0.2.1,[2001:db8:0:0:0:0:0:1]")
                .containsEntry("GIT_ALLOW_PROTOCOL", "https:http");
    }

    @Test
    void gitRunsAsTheUserWithLimitsAndSeesItsOwnDirectoryOnly() {
        Repository repository = Repository.of("https://example.com/blog", "main", "", "");
        List<String> line = GitCommand.line(repository, 20000, true, Path.of("/srv/work"), Duration.ofMinutes(5));
        assertThat(line)
                .startsWith("/usr/bin/timeout", "--signal=KILL", "300", "/usr/bin/bwrap")
                .containsSequence("--bind", "/srv/work", "/work")
                .containsSequence("--reuid", "20000")
                .contains("--fsize=536870912", "--no-new-privs")
                .endsWith("https://example.com:443/blog", "main");
        assertThat(GitCommand.line(repository, null, false, Path.of("/srv/work"), Duration.ofMinutes(5)))
                .doesNotContain("/usr/bin/bwrap", "/usr/bin/setpriv");
    }
}
