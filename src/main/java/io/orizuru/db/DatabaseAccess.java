package io.orizuru.db;

import io.orizuru.secret.Secret;
import io.orizuru.socket.UnixSocketFactory;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a PostgreSQL server.
 *
 * @param jdbcUrl without credentials
 * @param user null leaves the choice to the driver
 * @param password null sends none
 */
public record DatabaseAccess(
        String jdbcUrl, @Nullable String user, @Nullable Secret password) {
    private static final String JDBC = "jdbc:";

    /**
     * Who asks for the password otherwise than by proving that it knows it may be anybody: whoever took the server's place
     * gets nothing that way.
     */
    private static final String PROOF = "requireAuth=scram-sha-256";

    /** A server that listens on a Unix socket of this machine. */
    static DatabaseAccess overSocket(Path socket, String database, String user, Secret password) {
        String url = "jdbc:postgresql://localhost/" + database + "?" + PROOF + "&sslmode=disable&socketFactory="
                + UnixSocketFactory.class.getName() + "&socketFactoryArg="
                + URLEncoder.encode(socket.toString(), StandardCharsets.UTF_8);
        return new DatabaseAccess(url, user, password);
    }

    /**
     * Reads {@code postgresql://user:password@host:port/name?parameters} or a JDBC URL; takes the credentials out, so
     * that they do not show where the URL does. Where there is a password and the URL does not say how it may be asked for
     * ({@code requireAuth}), only SCRAM is good enough.
     *
     * @throws IllegalArgumentException if it is neither; the message does not hold the URL
     */
    public static DatabaseAccess of(Secret url) {
        String text = url.value();
        URI uri;
        try {
            uri = URI.create(text.startsWith(JDBC) ? text.substring(JDBC.length()) : text);
        } catch (IllegalArgumentException e) {
            // Without its cause: that holds the URL.
            throw new IllegalArgumentException("the database URL is not a URL (is a character not percent-encoded?)");
        }
        String authority = uri.getRawAuthority();
        if (authority == null) {
            throw new IllegalArgumentException("the database URL names no host");
        }
        String user = null;
        String password = null;
        int at = authority.lastIndexOf('@');
        if (at >= 0) {
            String credentials = authority.substring(0, at);
            int colon = credentials.indexOf(':');
            user = decoded(colon < 0 ? credentials : credentials.substring(0, colon));
            password = colon < 0 ? null : decoded(credentials.substring(colon + 1));
        }
        List<String> parameters = new ArrayList<>();
        for (String parameter :
                uri.getRawQuery() == null ? new String[0] : uri.getRawQuery().split("&")) {
            if (parameter.startsWith("user=")) {
                user = decoded(parameter.substring("user=".length()));
            } else if (parameter.startsWith("password=")) {
                password = decoded(parameter.substring("password=".length()));
            } else {
                parameters.add(parameter);
            }
        }
        if (password != null && parameters.stream().noneMatch(parameter -> parameter.startsWith("requireAuth="))) {
            parameters.add(PROOF);
        }
        String query = parameters.isEmpty() ? "" : "?" + String.join("&", parameters);
        return new DatabaseAccess(
                "jdbc:postgresql://" + authority.substring(at + 1) + uri.getRawPath() + query,
                user,
                password == null ? null : new Secret(password));
    }

    private static String decoded(String text) {
        // In a URL's authority a plus is a plus; only URLDecoder thinks of forms.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
