package io.orizuru.provision.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What of this machine recipes choose from. Looked at anew for each build: what is missing may be installed meanwhile.
 *
 * @param jdks newest first
 * @param maven whether there is {@code mvn}
 * @param go the newest way to Go: its own installation, else the system's package
 */
record Tools(List<Jdk> jdks, boolean maven, Optional<Path> go) {
    static Tools detect(Path javaHome) throws IOException {
        Optional<Path> go = Stream.of("/usr/local/go/bin/go", "/usr/local/bin/go", "/usr/bin/go")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
        return new Tools(Jdk.all(javaHome), found("mvn"), go);
    }

    /** Where the PATH of builds leads to. */
    static boolean found(String tool) {
        return Files.isExecutable(Path.of("/usr/local/bin", tool)) || Files.isExecutable(Path.of("/usr/bin", tool));
    }
}
