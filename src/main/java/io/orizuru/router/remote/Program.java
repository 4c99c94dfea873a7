package io.orizuru.router.remote;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Which program runs here, and by which settings, as words that two processes can compare. */
final class Program {
    private static final int SHOWN_BYTES = 8;

    private Program() {}

    /** Another one wherever the program was built anew, or lies elsewhere. */
    static String build() {
        CodeSource source = Program.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return "";
        }
        try {
            // Inside of an archive the location has more parts; what counts is the archive.
            URI location = source.getLocation().toURI();
            Path file = Path.of(location.getScheme().equals("file") ? location.getPath() : location.toString());
            return word(
                    Files.exists(file)
                            ? file.toRealPath() + " " + Files.size(file) + " " + Files.getLastModifiedTime(file)
                            : location.toString());
        } catch (URISyntaxException | IOException e) {
            return word(source.getLocation().toString());
        }
    }

    /** A directory and no copy of it, wherever it is called from. */
    static String home(Path directory) throws IOException {
        return word(directory.toRealPath() + " "
                + Files.readAttributes(directory, BasicFileAttributes.class).fileKey());
    }

    /** One word for a text of any length. */
    static String word(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, SHOWN_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
