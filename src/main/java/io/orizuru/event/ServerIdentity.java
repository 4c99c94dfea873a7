package io.orizuru.event;

import io.orizuru.config.Settings;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Who this server is: an id that stays with its data directory, and one for this life of it. The directory's lock sees to
 * it that two lives never overlap.
 */
@ApplicationScoped
public class ServerIdentity {
    private final String id;
    private final String life;

    ServerIdentity(Settings settings, SecureRandom random) {
        this.id = read(settings.data().resolve("server-id"), random);
        this.life = hex(random, 4);
    }

    private static String read(Path file, SecureRandom random) {
        try {
            if (Files.notExists(file)) {
                Files.createDirectories(file.toAbsolutePath().getParent());
                Files.writeString(file, hex(random, 8));
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("the server's id cannot be kept in " + file, e);
        }
    }

    private static String hex(SecureRandom random, int bytes) {
        byte[] value = new byte[bytes];
        random.nextBytes(value);
        return HexFormat.of().formatHex(value);
    }

    public String id() {
        return id;
    }

    public String life() {
        return life;
    }
}
