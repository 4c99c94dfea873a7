package io.orizuru.config;

import io.orizuru.secret.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that an operator can set, checked. Made by {@link SettingsReader}; every value has its default already.
 *
 * @param data the data directory
 * @param listen where the API listens
 * @param routerListen where the built-in router listens
 * @param domain below which apps get their names
 * @param databaseUrl a JDBC or libpq URL with its credentials; null starts the embedded database
 * @param keyFile the file with the key that secrets are encrypted with
 * @param adminEmail the first administrator
 * @param adminPassword the first administrator's password; null makes a random one
 * @param tls null serves cleartext
 * @param trustedProxies whose {@code X-Forwarded-*} headers are believed
 * @param routers the routers; the first one marked default, else the first, is used where none is asked for
 * @param defaultProvisioner of pools that name none
 * @param volumePlans plan name → provisioner → parameters
 * @param userRegistration whether anyone may create a user
 * @param outgoingAllowed networks beyond the public ones that outgoing calls may reach
 * @param limits how much of this server its callers may use
 * @param build what builds get besides the app's own environment
 * @param logFormat how the server's log looks
 */
public record Settings(
        Path data,
        Endpoint listen,
        Endpoint routerListen,
        String domain,
        @Nullable Secret databaseUrl,
        Path keyFile,
        String adminEmail,
        @Nullable Secret adminPassword,
        @Nullable Tls tls,
        List<Network> trustedProxies,
        List<RouterSettings> routers,
        String defaultProvisioner,
        Map<String, Map<String, Map<String, Object>>> volumePlans,
        boolean userRegistration,
        List<Network> outgoingAllowed,
        Limits limits,
        BuildEnvironment build,
        LogFormat logFormat) {

    /** A certificate chain and its key, both PEM; read again when the files change. */
    public record Tls(Path certificate, Path key) {}

    /**
     * A router of the settings.
     *
     * @param name as apps refer to it
     * @param type {@code builtin}
     * @param domain below which it names apps
     * @param options of its type
     * @param isDefault whether apps get it when they ask for none
     */
    public record RouterSettings(
            String name, String type, String domain, Map<String, String> options, boolean isDefault) {}

    /**
     * What builds see and units do not.
     *
     * @param environment variables, for example of package registries
     * @param files host files bound read-only into builds
     */
    public record BuildEnvironment(Map<String, String> environment, List<Path> files) {}

    /**
     * How much of the API callers may use; 0 for any number. Requests are counted over all servers of a database.
     *
     * @param connections at once, of this server
     * @param connectionsPerAddress at once, of this server; proxies that are trusted are no address
     * @param requestsPerToken a minute
     * @param requestsPerAddress a minute
     * @param loginsPerAddress a minute: requests that hash a password
     */
    public record Limits(
            int connections,
            int connectionsPerAddress,
            int requestsPerToken,
            int requestsPerAddress,
            int loginsPerAddress) {
        /** For more than any person or pipeline does, and less than what takes the server from the others. */
        public static final Limits USUAL = new Limits(4096, 512, 6_000, 18_000, 300);
    }

    public enum LogFormat {
        JSON,
        PRETTY
    }

    /** The router that apps get when they ask for none. */
    public RouterSettings defaultRouter() {
        return routers.stream().filter(RouterSettings::isDefault).findFirst().orElse(routers.getFirst());
    }
}
