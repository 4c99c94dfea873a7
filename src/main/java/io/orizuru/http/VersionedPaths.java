package io.orizuru.http;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a requested path means: its version prefix, and the operation's own path when it was asked for by an alias. An
 * operation answers without prefix and with exactly its own; aliases answer exactly as they are documented.
 */
final class VersionedPaths {
    private static final Pattern PREFIXED = Pattern.compile("^/(\\d+\\.\\d+)(/.*)$");

    /**
     * Where a request leads.
     *
     * @param version the prefix it came with, empty for none
     * @param path the path without it
     * @param alias whether an alias led there: its prefix is right by definition
     */
    record Destination(String version, String path, boolean alias) {}

    private record Alias(String method, Pattern pattern, String replacement) {}

    private final List<Alias> aliases = new ArrayList<>();

    VersionedPaths(List<OperationDescriptor> operations) {
        for (OperationDescriptor operation : operations) {
            for (String alias : operation.aliases()) {
                aliases.add(alias(operation, alias));
            }
        }
    }

    private static Alias alias(OperationDescriptor operation, String path) {
        String pattern = path.replaceAll("\\{(\\w+)}", "(?<$1>[^/]+)");
        String replacement = operation.path().replaceAll("\\{(\\w+)}", "\\${$1}");
        return new Alias(operation.method(), Pattern.compile("^" + pattern + "$"), replacement);
    }

    Destination resolve(String method, String rawPath) {
        for (Alias alias : aliases) {
            Matcher matcher = alias.pattern().matcher(rawPath);
            if (alias.method().equals(method) && matcher.matches()) {
                return new Destination("", matcher.replaceFirst(alias.replacement()), true);
            }
        }
        Matcher prefixed = PREFIXED.matcher(rawPath);
        return prefixed.matches()
                ? new Destination(prefixed.group(1), prefixed.group(2), false)
                : new Destination("", rawPath, false);
    }

    /**
     * Whether a path is written as operations' paths are: a slash at its end, or two in a row, is another path. So is one with
     * parameters of a segment, {@code x;y}, which would be taken out unseen.
     */
    boolean wellFormed(Destination destination) {
        String path = destination.path();
        if (path.indexOf(';') >= 0) {
            return false;
        }
        boolean plain = !path.endsWith("/") && !path.contains("//");
        return plain || path.equals("/") || destination.alias();
    }
}
