package io.orizuru.provision;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What to build.
 *
 * @param key names this build for good (made from the event's id): the same key is the same build
 * @param app the app's name
 * @param version the number that the result will have, 1 or more
 * @param platform the platform's name: {@code static}, {@code python}, {@code nodejs}, {@code java}, {@code go},
 *     {@code generic}
 * @param archive the uploaded archive (tar, gzip'd tar or zip, told by its content)
 * @param environment the app's variables, seen by the build and its hooks
 * @param user the operating system's user number that the app's processes run as; null runs them as the server's own
 *     user (a server that is not root)
 * @param fresh whether nothing is used that builds of the app before it have kept
 */
public record BuildRequest(
        String key,
        String app,
        int version,
        String platform,
        Path archive,
        Map<String, String> environment,
        @Nullable Integer user,
        boolean fresh) {}
