package io.orizuru.provision.process;

import io.orizuru.provision.BuildFailed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads small text files of an unpacked archive, and never one outside of it, wherever its links lead. */
final class TreeText {
    private static final int LARGEST = 1 << 20;

    private TreeText() {}

    static Optional<String> read(Path tree, String name) throws IOException {
        Path file = tree.resolve(name);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Path real = file.toRealPath();
        if (!real.startsWith(tree.toRealPath()) || !Files.isRegularFile(real)) {
            throw new BuildFailed(name + " is not a file of the archive");
        }
        if (Files.size(real) > LARGEST) {
            throw new BuildFailed(name + " is larger than " + (LARGEST >> 10) + " KiB");
        }
        return Optional.of(new String(Files.readAllBytes(real), StandardCharsets.UTF_8));
    }
}
