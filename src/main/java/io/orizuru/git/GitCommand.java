package io.orizuru.git;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The command that fetches a repository, and its environment. Pure but for a look at the machine's root directory.
 *
 * <p>The archive goes to standard output, the commit's name into the file {@link #COMMIT} of the directory of work.
 */
final class GitCommand {
    static final String COMMIT = "commit";

    private static final String WORK = "/work";
    /** Of each file: of what the server sends, and of the archive. In bytes. */
    private static final long LARGEST_FILE = 512L << 20;

    private static final long MEMORY = 2L << 30;
    private static final int OPEN_FILES = 256;

    /** Nothing is checked out, so no filter, hook or submodule of the repository comes to run. */
    private static final String SCRIPT = """
            set -e
            git init --quiet --bare --template= repository
            cd repository
            git fetch --quiet --depth=1 --no-tags --no-recurse-submodules --no-auto-maintenance "$1" "$2"
            commit=$(git rev-parse --verify --quiet 'FETCH_HEAD^{commit}')
            printf %s "$commit" >../commit
            exec git archive --format=tar "$commit"
            """;

    private GitCommand() {}

    /**
     * The whole command line; nothing of it is secret.
     *
     * @param user the user number that git runs as; null for the server's own
     * @param apart whether git sees its own directory and the system's programs only
     * @param work its directory
     * @param limit after which it is killed whether this server lives or not
     */
    static List<String> line(Repository repository, @Nullable Integer user, boolean apart, Path work, Duration limit) {
        List<String> line = new ArrayList<>();
        add(line, "/usr/bin/timeout", "--signal=KILL", limit.toSeconds());
        if (apart) {
            apart(line, user, work);
        }
        if (user != null) {
            add(line, "/usr/bin/setpriv", "--reuid", user, "--regid", user, "--clear-groups");
            add(line, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all");
        }
        add(line, "/usr/bin/prlimit", "--fsize=" + LARGEST_FILE, "--as=" + MEMORY, "--nofile=" + OPEN_FILES);
        add(line, "--core=0", "--cpu=" + limit.toSeconds(), "--");
        add(line, "/bin/sh", "-c", SCRIPT, "git", repository.url(), repository.ref());
        return line;
    }

    private static void apart(List<String> line, @Nullable Integer user, Path work) {
        add(line, "/usr/bin/bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent");
        add(line, "--new-session");
        if (user == null) {
            add(line, "--unshare-user");
        }
        for (String root : List.of("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")) {
            Path path = Path.of(root);
            if (Files.isSymbolicLink(path)) {
                add(line, "--symlink", target(path), root);
            } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                add(line, "--ro-bind", root, root);
            }
        }
        // bubblewrap by itself makes directories unreadable for anyone but root.
        add(line, "--perms", "0755", "--dir", "/etc");
        for (String certificates : List.of("/etc/ssl", "/etc/ca-certificates", "/etc/pki")) {
            add(line, "--perms", "0755", "--dir", certificates, "--ro-bind-try", certificates, certificates);
        }
        add(line, "--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp");
        add(line, "--perms", "0755", "--dir", WORK, "--bind", work, WORK, "--chdir", WORK, "--");
    }

    private static Path target(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The whole environment, in which the credentials are.
     *
     * @param addresses that the host may be reached at; git is told them, and looks up nothing
     */
    static Map<String, String> environment(Repository repository, List<InetSocketAddress> addresses) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("http.curloptResolve", resolved(repository, addresses));
        // Where a redirect leads, nobody has judged; and lists of other places to fetch from are only read with it.
        settings.put("http.followRedirects", "false");
        settings.put("http.proxy", "");
        settings.put("http.lowSpeedLimit", "1000");
        settings.put("http.lowSpeedTime", "30");
        settings.put("credential.helper", "");
        settings.put("core.hooksPath", "/dev/null");
        settings.put("core.logAllRefUpdates", "false");
        settings.put("core.bigFileThreshold", "16m");
        settings.put("core.packedGitLimit", "256m");
        settings.put("core.deltaBaseCacheLimit", "64m");
        settings.put("pack.threads", "1");
        // One file, whose length is limited, and not one for each object.
        settings.put("fetch.unpackLimit", "1");
        settings.put("gc.auto", "0");
        settings.put("safe.directory", "*");
        if (!repository.password().isEmpty()) {
            String both = repository.user() + ":" + repository.password();
            settings.put(
                    "http.extraHeader",
                    "Authorization: Basic "
                            + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8)));
        }
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PATH", "/usr/bin:/bin");
        environment.put("LC_ALL", "C.UTF-8");
        environment.put("HOME", "/nonexistent");
        environment.put("GIT_CONFIG_NOSYSTEM", "1");
        environment.put("GIT_CONFIG_GLOBAL", "/dev/null");
        environment.put("GIT_TERMINAL_PROMPT", "0");
        environment.put("GIT_ASKPASS", "");
        environment.put("GIT_ALLOW_PROTOCOL", "https:http");
        environment.put("GIT_CONFIG_COUNT", Integer.toString(settings.size()));
        int number = 0;
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            environment.put("GIT_CONFIG_KEY_" + number, setting.getKey());
            environment.put("GIT_CONFIG_VALUE_" + number, setting.getValue());
            number++;
        }
        return environment;
    }

    private static String resolved(Repository repository, List<InetSocketAddress> addresses) {
        return repository.host() + ":" + repository.port() + ":"
                + addresses.stream()
                        .map(address -> address.getAddress().getHostAddress())
                        .map(address -> address.contains(":") ? "[" + address + "]" : address)
                        .collect(Collectors.joining(","));
    }

    private static void add(List<String> line, Object... words) {
        for (Object word : words) {
            line.add(word.toString());
        }
    }
}
