package io.orizuru.app;

import com.google.common.net.InternetDomainName;
import io.orizuru.failure.Failure;
import java.net.IDN;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A name that somebody on the Internet can own, or all names below one. There is one way to write it: lower case, ASCII, no dot
 * at the end.
 *
 * @param base without the star
 * @param wildcard whether it stands for all names below {@code base}, however deep, and not for {@code base}
 */
record PublicName(String base, boolean wildcard) {
    /** As DNS has it. */
    private static final int LONGEST = 253;

    /** More than any spelling of one, in whatever script. */
    private static final int LONGEST_INPUT = 1024;

    private static final String STAR = "*.";
    private static final String PUNYCODE = "xn--";
    private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");

    /** A last label that makes some reader take the whole for an IPv4 address: no top-level domain looks like one. */
    private static final Pattern NUMBER = Pattern.compile("[0-9]+|0x[0-9a-f]*");

    /** Names that lead to the machine or the network they are asked in, or nowhere: RFC 6761, 6762, 7686, 8375, ICANN's. */
    private static final Set<String> LOCAL =
            Set.of("localhost", "local", "localdomain", "internal", "arpa", "onion", "invalid");

    /**
     * A name as somebody writes it.
     *
     * @throws Failure invalid, when it is no name, or nobody's to take
     */
    static PublicName of(String given) {
        if (given.length() > LONGEST_INPUT) {
            throw malformed();
        }
        boolean wildcard = given.startsWith(STAR);
        String base = ascii(wildcard ? given.substring(STAR.length()) : given);
        PublicName name = new PublicName(base, wildcard);
        List<String> labels = List.of(base.split("\\.", -1));
        String last = labels.getLast();
        if (NUMBER.matcher(last).matches()) {
            throw name.refused("is read as an IP address, which is no name of an app");
        }
        if (LOCAL.contains(last)) {
            throw name.refused("is below \"" + last + "\", which is another place for everybody who asks");
        }
        if (labels.size() == 1) {
            throw name.refused("is a single label; a name that somebody owns has a dot, as in shop.example.com");
        }
        if (isPublicSuffix(base)) {
            throw name.refused("is all of the public suffix \"" + base
                    + "\", below which anybody can have names; take one of those");
        }
        return name;
    }

    private static String ascii(String text) {
        String ascii;
        try {
            ascii = IDN.toASCII(text).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
        String bare = ascii.endsWith(".") ? ascii.substring(0, ascii.length() - 1) : ascii;
        if (bare.length() > LONGEST) {
            throw malformed();
        }
        for (String label : bare.split("\\.", -1)) {
            if (!LABEL.matcher(label).matches() || (label.startsWith(PUNYCODE) && isNoPunycode(label))) {
                throw malformed();
            }
        }
        return bare;
    }

    /** What does not stand for another script may be shown as anything. */
    private static boolean isNoPunycode(String label) {
        String shown = IDN.toUnicode(label);
        return shown.equals(label) || !IDN.toASCII(shown).equals(label);
    }

    private static boolean isPublicSuffix(String base) {
        return InternetDomainName.isValid(base) && InternetDomainName.from(base).isPublicSuffix();
    }

    /** As clients know it. */
    private static Failure malformed() {
        return Failure.invalid("Invalid cname");
    }

    Failure refused(String why) {
        return Failure.invalid("Invalid cname: " + this + " " + why);
    }

    /** Whether visitors of that one could be led here. */
    boolean covers(PublicName other) {
        return wildcard ? other.isBelow(base) || other.equals(this) : other.equals(this);
    }

    /** Whether some visitor could be led to either. */
    boolean overlaps(PublicName other) {
        return covers(other) || other.covers(this);
    }

    /** Whether all of it is below a domain, which itself is not. */
    boolean isBelow(String domain) {
        return base.endsWith("." + domain) || (wildcard && base.equals(domain));
    }

    /** A name that is on record already, whatever it is. */
    static PublicName recorded(String text) {
        boolean wildcard = text.startsWith(STAR);
        return new PublicName(wildcard ? text.substring(STAR.length()) : text, wildcard);
    }

    @Override
    public String toString() {
        return wildcard ? STAR + base : base;
    }
}
