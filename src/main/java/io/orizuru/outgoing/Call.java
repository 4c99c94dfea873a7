package io.orizuru.outgoing;

import io.orizuru.secret.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A call to make. What is null is as the door's {@link Door.Limits} say.
 *
 * @param method in capitals, such as {@code POST}
 * @param address an absolute http or https URI; it is judged when the call is made, so text of a stranger may stand here
 * @param headers beyond the ones that the door writes itself
 * @param content null sends no body
 * @param timeout for all of it: looking up, redirects, and the answer to its last byte
 * @param answerLimit bytes that the answer's body may have
 * @param redirects how many are followed; with 0 an answer that redirects is the answer
 * @param trust certificates, over https
 */
public record Call(
        String method,
        String address,
        List<Header> headers,
        @Nullable Content content,
        @Nullable Duration timeout,
        @Nullable Long answerLimit,
        @Nullable Integer redirects,
        Trust trust) {
    private static final Pattern METHOD = Pattern.compile("[A-Z]{1,20}");

    /** These decide how a message is cut and who gets it: two opinions about them are how requests are smuggled. */
    private static final Set<String> OF_THE_DOOR = Set.of(
            "connection",
            "content-length",
            "content-type",
            "expect",
            "host",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    public Call {
        if (!METHOD.matcher(method).matches() || method.equals("CONNECT") || method.equals("TRACE")) {
            throw new IllegalArgumentException("\"" + method + "\" is not a method to call with");
        }
        headers = List.copyOf(headers);
        if (timeout != null && !timeout.isPositive()) {
            throw new IllegalArgumentException("the timeout " + timeout + " is not positive");
        }
        if (answerLimit != null && answerLimit < 0) {
            throw new IllegalArgumentException("the answer's limit " + answerLimit + " is negative");
        }
        if (redirects != null && redirects < 0) {
            throw new IllegalArgumentException("the number of redirects " + redirects + " is negative");
        }
    }

    /**
     * A header of the call.
     *
     * @param name a token; not one of those that the door writes itself
     * @param value in visible ASCII, spaces and tabs
     */
    public record Header(String name, String value) {
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
        private static final Pattern VALUE = Pattern.compile("[\\x20-\\x7e\\t]*");

        public Header {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("a header's name is a token of 1 to 100 characters");
            }
            if (OF_THE_DOOR.contains(name.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException("the header " + name + " is not the caller's to set");
            }
            if (!VALUE.matcher(value).matches()) {
                // Not quoted: it may be a credential.
                throw new IllegalArgumentException("the value of the header " + name + " is not one line of ASCII");
            }
        }

        /** Only the name: values are often credentials. */
        @Override
        public String toString() {
            return name + ": ***";
        }
    }

    public static Call of(String method, String address) {
        return new Call(method, address, List.of(), null, null, null, null, Trust.standard());
    }

    public static Call get(String address) {
        return of("GET", address);
    }

    public static Call post(String address, Content content) {
        return of("POST", address).content(content);
    }

    /** One header more. @throws IllegalArgumentException if it would break the message */
    public Call header(String name, String value) {
        List<Header> more = new ArrayList<>(headers);
        more.add(new Header(name, value));
        return new Call(method, address, more, content, timeout, answerLimit, redirects, trust);
    }

    public Call bearer(Secret token) {
        return header("Authorization", "Bearer " + token.value());
    }

    public Call basic(String user, Secret password) {
        byte[] pair = (user + ":" + password.value()).getBytes(StandardCharsets.UTF_8);
        return header("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
    }

    public Call content(Content sent) {
        return new Call(method, address, headers, sent, timeout, answerLimit, redirects, trust);
    }

    public Call timeout(Duration whole) {
        return new Call(method, address, headers, content, whole, answerLimit, redirects, trust);
    }

    public Call answerLimit(long bytes) {
        return new Call(method, address, headers, content, timeout, bytes, redirects, trust);
    }

    public Call redirects(int followed) {
        return new Call(method, address, headers, content, timeout, answerLimit, followed, trust);
    }

    public Call trust(Trust believed) {
        return new Call(method, address, headers, content, timeout, answerLimit, redirects, believed);
    }
}
