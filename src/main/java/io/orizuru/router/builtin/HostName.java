package io.orizuru.router.builtin;

import org.jspecify.annotations.Nullable;

/** Host names as they are compared: lower case, without port and trailing dot. */
final class HostName {
    private static final int MAX_LENGTH = 253;

    private HostName() {}

    /** Reads a {@code Host} header or an {@code :authority}; null when it is neither a name nor an address with an optional port. */
    static @Nullable String ofHeader(String header) {
        int end = header.length();
        int colon = header.indexOf(':', header.startsWith("[") ? Math.max(header.indexOf(']'), 0) : 0);
        if (colon >= 0) {
            if (!isPort(header, colon + 1)) {
                return null;
            }
            end = colon;
        }
        return header.startsWith("[") ? address(header, end) : name(header, end);
    }

    /** Reads the host of a route, which may start with {@code *.}; null when it is not a host name. */
    static @Nullable String ofRoute(String host) {
        if (!host.startsWith("*.")) {
            return host.indexOf(':') < 0 ? name(host, host.length()) : null;
        }
        String suffix = name(host.substring(2), host.length() - 2);
        return suffix == null ? null : "*." + suffix;
    }

    private static boolean isPort(String header, int from) {
        for (int i = from; i < header.length(); i++) {
            if (header.charAt(i) < '0' || header.charAt(i) > '9') {
                return false;
            }
        }
        return header.length() - from <= 5;
    }

    private static @Nullable String address(String header, int end) {
        if (end < 4 || end > 64 || header.charAt(end - 1) != ']') {
            return null;
        }
        for (int i = 1; i < end - 1; i++) {
            char c = header.charAt(i);
            if (c > 'f' || (Character.digit(c, 16) < 0 && c != ':' && c != '.')) {
                return null;
            }
        }
        return lowerCase(header.substring(0, end));
    }

    private static @Nullable String name(String text, int length) {
        int end = length > 1 && text.charAt(length - 1) == '.' ? length - 1 : length;
        if (end == 0 || end > MAX_LENGTH) {
            return null;
        }
        boolean upper = false;
        char previous = '.';
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                upper = true;
            } else if (c == '.' ? previous == '.' : !isNameCharacter(c)) {
                return null;
            }
            previous = c;
        }
        if (previous == '.') {
            return null;
        }
        String name = end == text.length() ? text : text.substring(0, end);
        return upper ? lowerCase(name) : name;
    }

    private static boolean isNameCharacter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    private static String lowerCase(String ascii) {
        return ascii.toLowerCase(java.util.Locale.ROOT);
    }
}
