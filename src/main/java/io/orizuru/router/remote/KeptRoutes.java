package io.orizuru.router.remote;

import io.orizuru.router.builtin.DataPlane;
import io.orizuru.router.builtin.DataPlane.Named;
import io.orizuru.router.builtin.DataPlane.Table;
import io.orizuru.router.remote.Wire.Known;
import io.orizuru.router.remote.Wire.Push;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** A data plane's routes, and the file in which they outlive the process. */
final class KeptRoutes {
    private static final System.Logger LOG = System.getLogger(KeptRoutes.class.getName());

    private final DataPlane plane;
    private final DurableFile file;
    private final ReentrantLock saving = new ReentrantLock();
    private volatile boolean complete;
    private long saved = -1;
    private boolean savedComplete;

    KeptRoutes(DataPlane plane, Path file) {
        this.plane = plane;
        this.file = new DurableFile(file);
    }

    /**
     * Gives the plane the routes of the file. A damaged file counts as none: it is told, and a server brings them anew.
     *
     * @throws IOException when the file is there and cannot be read
     */
    void load() throws IOException {
        plane.incomplete(true);
        try {
            byte[] content = file.read();
            if (content.length > 0) {
                Push kept = Wire.JSON.readValue(content, Push.class);
                plane.applyAll(kept.routes());
                complete = kept.complete();
                plane.incomplete(!complete);
            }
        } catch (DurableFile.Damaged e) {
            LOG.log(System.Logger.Level.ERROR, "no routes until a server brings them: {0}", e.getMessage());
        }
    }

    /**
     * Switches to the routes and keeps them; when it returns, they survive.
     *
     * @return what was refused
     * @throws UncheckedIOException when they could not be written: they are in use, but may be gone after a restart
     * @throws IllegalArgumentException when a host or an address is none; nothing has changed then
     */
    List<Known> apply(Push push) {
        List<Named> refused = plane.applyAll(push.routes());
        if (push.complete()) {
            complete = true;
            plane.incomplete(false);
        }
        save();
        return refused.stream().map(Known::of).toList();
    }

    /** Writes the routes as they are now, unless somebody did since they changed: one write is enough for many switches. */
    private void save() {
        saving.lock();
        try {
            Table table = plane.routes();
            boolean whole = complete;
            if (table.revision() == saved && whole == savedComplete) {
                return;
            }
            file.write(Wire.JSON.writeValueAsBytes(new Push(whole, table.routes(), List.of())));
            saved = table.revision();
            savedComplete = whole;
        } catch (IOException e) {
            throw new UncheckedIOException("the routes cannot be kept: " + e.getMessage(), e);
        } finally {
            saving.unlock();
        }
    }

    boolean isComplete() {
        return complete;
    }

    Table table() {
        return plane.routes();
    }
}
