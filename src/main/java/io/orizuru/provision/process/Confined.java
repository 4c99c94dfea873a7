package io.orizuru.provision.process;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is to run apart.
 *
 * @param host the host name that it sees
 * @param user the user number it runs as; null is the server's own
 * @param tree the release, mounted at {@link Sandbox#CURRENT}, writable
 * @param script what it runs, readable by its user
 * @param accounts a directory with its {@code passwd} and {@code group}
 * @param scratch a directory for {@code tmp} and {@code home} on disk; null keeps both in memory, with a limit
 * @param readOnly more to see: path on this machine → path inside
 * @param passage the tool that makes a network of its own before anything runs there, as seen from the directory that it is
 *     started in, which has the rules, see {@link Passage}; null when it is in one already, or shares the machine's
 */
record Confined(
        String host,
        @Nullable Integer user,
        Path tree,
        Path script,
        Path accounts,
        @Nullable Path scratch,
        Map<Path, Path> readOnly,
        @Nullable Path passage) {
    /** Without a network of its own that it must be helped out of. */
    Confined(
            String host,
            @Nullable Integer user,
            Path tree,
            Path script,
            Path accounts,
            @Nullable Path scratch,
            Map<Path, Path> readOnly) {
        this(host, user, tree, script, accounts, scratch, readOnly, null);
    }

    /** The same in a network of its own, see {@link Passage}. */
    Confined through(Path tool) {
        return new Confined(host, user, tree, script, accounts, scratch, readOnly, tool);
    }

    /** The same with other files to see. */
    Confined seeing(Map<Path, Path> files) {
        return new Confined(host, user, tree, script, accounts, scratch, files, passage);
    }
}
