package io.orizuru.service;

import io.orizuru.failure.Failure;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where at a service a request goes. It is written in characters that mean themselves in every path, so that what is looked at
 * here is, letter by letter, what is sent and what the service reads: there is nothing in it to decode, to cut off or to fold
 * up.
 *
 * @param path begins with a slash
 * @param query without its mark; empty for none
 */
record ServicePath(String path, String query) {
    private static final int LONGEST = 4096;
    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._~@:=+,-]+");
    private static final Pattern QUERY = Pattern.compile("[A-Za-z0-9._~!$&'()*+,;=:@/?%\\[\\]-]*");

    /** What instances and binds are made by: that is for their own operations, which keep record of it. */
    private static final Set<String> RESERVED = Set.of("bind", "bind-app", "binds");

    private static final String CALLBACK = "callback";

    /**
     * As a callback says it: a path, and perhaps a query behind it.
     *
     * @param callback decoded, as all values of requests are
     * @param rawQuery of the request, which goes on without the callback itself; null for none
     * @throws Failure invalid, unless it is written plainly
     */
    static ServicePath ofCallback(String callback, @Nullable String rawQuery) {
        if (callback.isEmpty()) {
            throw Failure.invalid(
                    "the parameter callback says to which path of the service the request goes; it is missing");
        }
        int mark = callback.indexOf('?');
        String path = mark < 0 ? callback : callback.substring(0, mark);
        return of(path, mark < 0 ? "" : callback.substring(mark + 1), rawQuery);
    }

    /**
     * As it stands at the end of the request's own path.
     *
     * @param path decoded, as all parts of paths are
     * @param rawQuery of the request; null for none
     * @throws Failure invalid, unless it is written plainly
     */
    static ServicePath of(String path, @Nullable String rawQuery) {
        return of(path, "", rawQuery);
    }

    private static ServicePath of(String path, String query, @Nullable String rawQuery) {
        String whole = path.startsWith("/") ? path : "/" + path;
        if (whole.length() > LONGEST) {
            throw Failure.invalid(
                    "the path at the service has " + whole.length() + " characters, more than " + LONGEST);
        }
        checkSegments(whole);
        String own = rawQuery == null ? "" : withoutCallback(rawQuery);
        String both = query.isEmpty() || own.isEmpty() ? query + own : query + "&" + own;
        if (!QUERY.matcher(both).matches()) {
            throw Failure.invalid("the query for the service holds a character that no query can; write it as % and two"
                    + " hexadecimal digits");
        }
        return new ServicePath(whole, both);
    }

    private static void checkSegments(String path) {
        // One slash may stand at the end: to many services that is another path.
        String inner = path.substring(1, path.length() > 1 && path.endsWith("/") ? path.length() - 1 : path.length());
        if (inner.isEmpty()) {
            return;
        }
        for (String segment : inner.split("/", -1)) {
            if (segment.isEmpty()) {
                throw refused(path, "has two slashes in a row");
            }
            if (segment.endsWith(".")) {
                throw refused(path, "has the part \"" + segment + "\", which ends with a dot");
            }
            if (!SEGMENT.matcher(segment).matches()) {
                throw refused(
                        path,
                        "has the part \"" + segment
                                + "\": a part consists of letters a to z, digits and - . _ ~ @ : = + ,"
                                + " and nothing in it stays encoded");
            }
        }
    }

    private static Failure refused(String path, String why) {
        return Failure.invalid("the path \"" + path + "\" of the service " + why);
    }

    /** All parameters of a query but the callback, as they were sent. */
    private static String withoutCallback(String rawQuery) {
        return Arrays.stream(rawQuery.split("&"))
                .filter(pair -> !pair.isEmpty() && !nameOf(pair).equalsIgnoreCase(CALLBACK))
                .collect(Collectors.joining("&"));
    }

    private static String nameOf(String pair) {
        int sign = pair.indexOf('=');
        String name = sign < 0 ? pair : pair.substring(0, sign);
        try {
            return URLDecoder.decode(name, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return name;
        }
    }

    /**
     * The path below an instance.
     *
     * @throws Failure invalid, when it is reserved for operations of their own
     */
    ServicePath below(String instance, String method) {
        String base = "/resources/" + ServiceApi.part(instance);
        String rest = path.equals(base) || path.startsWith(base + "/") ? path.substring(base.length()) : path;
        String bare = rest.replaceAll("^/|/$", "");
        if (!method.equals("GET") && isReserved(bare)) {
            throw Failure.invalid("proxy request " + method + " \"" + bare + "\" is forbidden");
        }
        return new ServicePath(base + rest, query);
    }

    /** Services differ in what they make of the case of letters, and of an ending such as {@code .json}. */
    private static boolean isReserved(String rest) {
        String first = List.of(rest.split("/", 2)).getFirst().toLowerCase(Locale.ROOT);
        int dot = first.indexOf('.');
        return rest.isEmpty() || RESERVED.contains(dot < 0 ? first : first.substring(0, dot));
    }

    /** Below another path. */
    ServicePath under(String prefix) {
        return new ServicePath(prefix + path, query);
    }

    /** As it is sent. */
    String text() {
        return query.isEmpty() ? path : path + "?" + query;
    }
}
