package io.orizuru.http;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.RequestScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/** The files of a request; what is left of them goes away with it. */
@RequestScoped
class Uploads {
    private static final Logger LOG = Logger.getLogger(Uploads.class);

    private final List<Path> files = new ArrayList<>();

    void add(Path file) {
        files.add(file);
    }

    @PreDestroy
    void deleteLeftOvers() {
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.warnf("the upload %s cannot be deleted: %s", file, e.getMessage());
            }
        }
    }
}
