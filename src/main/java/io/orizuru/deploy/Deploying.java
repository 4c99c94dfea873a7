package io.orizuru.deploy;

import io.orizuru.event.Change;
import io.orizuru.git.Repository;
import org.jspecify.annotations.Nullable;

/**
 * A deploy that was accepted.
 *
 * @param archive the archive's file name in the directory of archives
 * @param archiveUrl where the archive is fetched from when it is not there; empty when it was uploaded
 * @param repository where it is fetched from when it is made of a repository's commit; else null
 * @param before the release to go back to when the new one does not become healthy; 0 for none
 * @param placing where the version that it makes comes
 * @param tag a further name of the version, or empty
 */
record Deploying(
        String app,
        String archive,
        String archiveUrl,
        @Nullable Repository repository,
        String origin,
        String message,
        int before,
        Placing placing,
        String tag)
        implements Change {}
