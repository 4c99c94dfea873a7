package io.orizuru.git;

import io.orizuru.failure.Failure;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What to fetch, and from where.
 *
 * @param url {@code https://} or {@code http://}, in the one form that git and the outgoing door read alike
 * @param ref a branch, a tag, {@code HEAD}, or a commit by all of its hexadecimal digits
 * @param user for the repository's server, or empty
 * @param password for the repository's server, or empty
 */
public record Repository(String url, String ref, String user, String password) {
    private static final String NEWEST = "HEAD";
    /** Servers of repositories look at the password alone, when it is a token. */
    private static final String ANY_USER = "git";

    private static final Pattern REF = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,199}");
    private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9._~/@+%-]{1,1000}");
    private static final int LONGEST_CREDENTIAL = 1000;

    /**
     * A repository as a stranger names it.
     *
     * @param ref empty for the newest commit of the repository's main branch
     * @throws Failure invalid, with the rule; never with what may be a password
     */
    public static Repository of(String url, String ref, String user, String password) {
        URI uri = uri(url);
        String wanted = ref.isEmpty() ? NEWEST : ref;
        if (!REF.matcher(wanted).matches() || wanted.contains("..") || wanted.endsWith("/")) {
            throw Failure.invalid("the git-ref \"" + printable(ref)
                    + "\" is no branch, tag or commit: it begins with a letter or digit, then come letters, digits,"
                    + " \".\", \"_\", \"/\" and \"-\", without \"..\"");
        }
        if (!password.isEmpty() && "http".equals(uri.getScheme())) {
            throw Failure.invalid("git-password goes over https:// only: over http:// everybody on the way reads it");
        }
        if (password.isEmpty() && !user.isEmpty()) {
            throw Failure.invalid("git-user is given without git-password");
        }
        requireCredential("git-user", user);
        requireCredential("git-password", password);
        if (user.contains(":")) {
            throw Failure.invalid("git-user has a \":\", which ends it");
        }
        return new Repository(
                uri.toString(), wanted, !password.isEmpty() && user.isEmpty() ? ANY_USER : user, password);
    }

    private static URI uri(String url) {
        String scheme =
                url.contains("://") ? url.substring(0, url.indexOf("://")).toLowerCase(Locale.ROOT) : "";
        if (!scheme.equals("https") && !scheme.equals("http")) {
            throw Failure.invalid("the git-url is no address that begins with https:// (or http://): repositories are"
                    + " not fetched over ssh, from files, or in another way");
        }
        try {
            URI uri = new URI(url);
            if (uri.getRawUserInfo() != null
                    || String.valueOf(uri.getRawAuthority()).contains("@")) {
                throw Failure.invalid(
                        "the git-url has a user or a password in it: give them as git-user and git-password");
            }
            if (uri.getHost() == null) {
                throw Failure.invalid("the git-url has no host that can be read in one way only");
            }
            if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
                throw Failure.invalid(
                        "the git-url has a \"?\" or a \"#\": a branch, tag or commit is given as git-ref");
            }
            if (!PATH.matcher(uri.getRawPath()).matches()) {
                throw Failure.invalid("the git-url needs a path of letters, digits and \"._~/@+%-\" behind its host");
            }
            int port = uri.getPort() < 0 ? (scheme.equals("https") ? 443 : 80) : uri.getPort();
            // Written out, so that git has no scheme's default to know.
            return new URI(scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + ":" + port + uri.getRawPath());
        } catch (URISyntaxException e) {
            // Without the address: a password may stand in it.
            throw Failure.invalid("the git-url is not an address");
        }
    }

    private static void requireCredential(String name, String value) {
        if (value.length() > LONGEST_CREDENTIAL || !value.chars().allMatch(c -> c >= 0x20 && c != 0x7f)) {
            throw Failure.invalid(
                    name + " is longer than " + LONGEST_CREDENTIAL + " characters, or has some that cannot be printed");
        }
    }

    private static String printable(String text) {
        String shown = text.replaceAll("[^\\x20-\\x7e]", "?");
        return shown.length() <= 100 ? shown : shown.substring(0, 100) + "...";
    }

    /** Without IPv6's brackets. */
    String host() {
        String host = URI.create(url).getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    int port() {
        return URI.create(url).getPort();
    }

    /** Where it is, for people. */
    public String shown() {
        return url.replaceFirst("^(https://[^/]*):443/", "$1/").replaceFirst("^(http://[^/]*):80/", "$1/");
    }

    @Override
    public String toString() {
        return shown() + " at " + ref;
    }
}
