package io.orizuru.http;

import io.orizuru.config.Settings;
import io.orizuru.files.OwnedFile;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jboss.logging.Logger;

/** Removes the uploads that a killed server was receiving: their requests are gone. */
@ApplicationScoped
class StaleUploads {
    private static final Logger LOG = Logger.getLogger(StaleUploads.class);

    private final Path directory;

    StaleUploads(Settings settings) {
        directory = settings.data().resolve("uploads");
    }

    void start(@Observes @Priority(250) StartupEvent started) {
        for (Path file : OwnedFile.abandoned(directory)) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.warnf("the upload %s, which nobody waits for, cannot be deleted: %s", file, e.getMessage());
            }
        }
    }
}
