package io.orizuru.router.remote;

import io.orizuru.router.builtin.DataPlane;
import io.orizuru.router.builtin.DataPlane.CertificateTable;
import io.orizuru.router.builtin.DataPlane.NamedCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A data plane's certificates, and the file in which they outlive the process: with their private keys, so it is for its
 * owner alone.
 */
final class KeptCertificates {
    private static final System.Logger LOG = System.getLogger(KeptCertificates.class.getName());

    private final DataPlane plane;
    private final DurableFile file;
    private final ReentrantLock saving = new ReentrantLock();
    private long saved;

    /** What the file holds. */
    private record Kept(List<NamedCertificates> certificates) {}

    KeptCertificates(DataPlane plane, Path file) {
        this.plane = plane;
        this.file = new DurableFile(file);
    }

    /**
     * Gives the plane the certificates of the file. A damaged file counts as none: it is told, and a server brings them anew.
     *
     * @throws IOException when the file is there and cannot be read
     */
    void load() throws IOException {
        try {
            byte[] content = file.read();
            if (content.length > 0) {
                plane.applyCertificates(Wire.JSON.readValue(content, Kept.class).certificates());
                saved = table().revision();
            }
        } catch (DurableFile.Damaged e) {
            LOG.log(System.Logger.Level.ERROR, "no certificates until a server brings them: {0}", e.getMessage());
        }
    }

    /**
     * Switches to the certificates and keeps them; when it returns, they survive.
     *
     * @throws UncheckedIOException when they could not be written: they are in use, but may be gone after a restart
     */
    void apply(List<NamedCertificates> certificates) {
        if (!certificates.isEmpty()) {
            plane.applyCertificates(certificates);
        }
        save();
    }

    private void save() {
        saving.lock();
        try {
            CertificateTable table = table();
            if (table.revision() == saved) {
                return;
            }
            file.write(Wire.JSON.writeValueAsBytes(new Kept(table.certificates())));
            saved = table.revision();
        } catch (IOException e) {
            throw new UncheckedIOException("the certificates cannot be kept: " + e.getMessage(), e);
        } finally {
            saving.unlock();
        }
    }

    CertificateTable table() {
        return plane.certificates();
    }
}
