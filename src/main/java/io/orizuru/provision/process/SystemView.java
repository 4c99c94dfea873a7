package io.orizuru.provision.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What of this machine units and builds see, read-only.
 *
 * @param directories bound at their own path, in this order
 * @param links symbolic links of the root directory → their targets ({@code /bin} → {@code usr/bin})
 * @param hidden directories inside the bound ones that are covered up, such as the data directory
 * @param unreadable files inside the bound ones that nobody may read there, such as the key that secrets are encrypted with
 */
record SystemView(List<Path> directories, SortedMap<Path, Path> links, List<Path> hidden, List<Path> unreadable) {
    private static final List<Path> ROOTS = List.of(
            Path.of("/usr"),
            Path.of("/etc"),
            Path.of("/bin"),
            Path.of("/sbin"),
            Path.of("/lib"),
            Path.of("/lib32"),
            Path.of("/lib64"));

    /**
     * Looks at this machine.
     *
     * @param secrets the server's own files and directories, wherever they are; those that are not there are left out
     */
    static SystemView detect(Path javaHome, List<Path> secrets) throws IOException {
        List<Path> directories = new ArrayList<>();
        SortedMap<Path, Path> links = new TreeMap<>();
        for (Path root : ROOTS) {
            if (Files.isSymbolicLink(root)) {
                links.put(root, Files.readSymbolicLink(root));
            } else if (Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
                directories.add(root);
            }
        }
        addUnlessSeen(directories, javaHome.toRealPath());
        // systemd keeps the resolver's file below /run.
        Path resolver = Path.of("/etc/resolv.conf");
        if (Files.exists(resolver)) {
            addUnlessSeen(directories, resolver.toRealPath());
        }
        List<Path> hidden = new ArrayList<>();
        List<Path> unreadable = new ArrayList<>();
        for (Path secret : secrets) {
            if (!Files.exists(secret)) {
                continue;
            }
            Path real = secret.toRealPath();
            if (directories.stream().anyMatch(real::startsWith)) {
                (Files.isDirectory(real) ? hidden : unreadable).add(real);
            }
        }
        return new SystemView(List.copyOf(directories), links, List.copyOf(hidden), List.copyOf(unreadable));
    }

    private static void addUnlessSeen(List<Path> directories, Path path) {
        if (directories.stream().noneMatch(path::startsWith)) {
            directories.add(path);
        }
    }
}
