package io.orizuru.outgoing;

import io.orizuru.outgoing.OutgoingFailure.Rule;
import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A host that can be read in one way only: a DNS name in ASCII, four decimal numbers, or an IPv6 address. What parsers are
 * known to disagree about (octal, hexadecimal, short and whole-number addresses, zones, trailing dots, other scripts) is
 * refused, not mended: a host that somebody else reads differently is the start of an evasion.
 *
 * @param text in lower case, without brackets
 * @param literal the address that it spells out; null for a name
 */
record HostName(String text, @Nullable InetAddress literal) {
    private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");
    private static final Pattern NUMERIC = Pattern.compile("[0-9]+|0x[0-9a-f]*");
    private static final Pattern IPV4 = Pattern.compile("((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(?!$)|$)){4}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-f:]+(:[0-9.]+)?");
    private static final int LONGEST_NAME = 253;

    static HostName parse(String raw) throws OutgoingFailure {
        if (raw.isEmpty()) {
            throw malformed(raw, "there is no host");
        }
        String text = raw.toLowerCase(Locale.ROOT);
        if (text.contains(":")) {
            return ipv6(text);
        }
        if (IPV4.matcher(text).matches()) {
            return new HostName(text, InetAddress.ofLiteral(text));
        }
        if (text.length() > LONGEST_NAME) {
            throw malformed(raw.substring(0, 60) + "…", "a host name has at most " + LONGEST_NAME + " characters");
        }
        if (text.endsWith(".")) {
            throw malformed(raw, "a host is written without a dot at its end");
        }
        String[] labels = text.split("\\.", -1);
        for (String label : labels) {
            if (!LABEL.matcher(label).matches()) {
                throw malformed(
                        raw, "a host name is made of ASCII letters, digits, \"-\" and \"_\", in parts of 1 to 63");
            }
        }
        if (NUMERIC.matcher(labels[labels.length - 1]).matches()) {
            throw malformed(
                    raw, "an IPv4 address is written as four decimal numbers of 0 to 255 without leading zeros");
        }
        return new HostName(text, null);
    }

    private static HostName ipv6(String text) throws OutgoingFailure {
        if (text.contains("%")) {
            throw malformed(text, "an IPv6 address is written without a zone");
        }
        if (!IPV6.matcher(text).matches()) {
            throw malformed(text, "this is not an IPv6 address");
        }
        try {
            return new HostName(text, InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            throw malformed(text, "this is not an IPv6 address");
        }
    }

    /** As it stands in a URI and in the {@code Host} header. */
    String inUri() {
        return text.contains(":") ? "[" + text + "]" : text;
    }

    private static OutgoingFailure malformed(String host, String rule) {
        return new OutgoingFailure(Rule.FORM, host, rule);
    }
}
