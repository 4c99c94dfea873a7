package io.orizuru.app;

import java.util.List;

/** What other rooms keep for an app outside the database; it goes when the app goes. */
public interface Leftovers {
    /**
     * Removes what belongs to versions of an app. Idempotent.
     *
     * @param versions all of the app
     */
    void remove(String app, List<Version> versions);
}
