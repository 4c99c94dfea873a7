package io.orizuru.provision.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/** Keeps what goes wrong with one app's files from stopping what is done for the others, and remembers whose they were. */
final class Troubles {
    private static final Logger LOG = Logger.getLogger(Troubles.class);

    private final Set<String> apps = ConcurrentHashMap.newKeySet();

    /** Something that is done with the files of an app. */
    interface Work {
        void run() throws IOException;
    }

    /**
     * Does it, and tells in the log if it fails.
     *
     * @param failing the end of a sentence that begins with "the units and builds of blog"
     */
    void apart(String app, String failing, Work work) {
        try {
            work.run();
        } catch (IOException | RuntimeException | StackOverflowError e) {
            apps.add(app);
            LOG.errorf(e, "the units and builds of %s %s", ReleaseTree.printable(app), failing);
        }
    }

    /** There is no such app any more. */
    void over(String app) {
        apps.remove(app);
    }

    /** All that is in the way, a line each; how much of it, not whose: anyone may ask. */
    List<String> and(int stuck) {
        List<String> lines = new ArrayList<>();
        if (!apps.isEmpty()) {
            lines.add("the files of " + apps.size() + (apps.size() == 1 ? " app" : " apps")
                    + " could not all be taken over at the start; the log tells why");
        }
        if (stuck > 0) {
            lines.add(stuck + (stuck == 1 ? " directory" : " directories")
                    + " of what was removed cannot be removed; ./orizuru doctor names them");
        }
        return lines;
    }
}
