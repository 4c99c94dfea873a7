package io.orizuru.config;

import io.orizuru.secret.Secret;
import java.net.URI;
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
 * @param routersApart routers in processes of their own
 * @param routers the routers; the first one marked default, else the first, is used where none is asked for
 * @param defaultProvisioner of pools that name none
 * @param volumePlans plan name → provisioner → parameters
 * @param userRegistration whether anyone may create a user
 * @param outgoingAllowed networks beyond the public ones that outgoing calls may reach
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
        RoutersApart routersApart,
        List<RouterSettings> routers,
        String defaultProvisioner,
        Map<String, Map<String, Map<String, Object>>> volumePlans,
        boolean userRegistration,
        List<Network> outgoingAllowed,
        BuildEnvironment build,
        LogFormat logFormat) {

    /** A certificate chain and its key, both PEM; read again when the files change. */
    public record Tls(Path certificate, Path key) {}

    /**
     * Routers that run in processes of their own ({@code orizuru router}), and how a server tells them its routes.
     *
     * @param adminListen where such a router is told
     * @param admins where a server finds them: {@code http://} or {@code https://}, host and port; empty when the router
     *     runs in the server's process
     * @param credential null takes it from the file
     * @param credentialFile holds it, is made if it is missing
     * @param authorities PEM; null believes those of the Java runtime
     */
    public record RoutersApart(
            Endpoint adminListen,
            List<URI> admins,
            @Nullable Secret credential,
            Path credentialFile,
            @Nullable Path authorities) {}

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

    public enum LogFormat {
        JSON,
        PRETTY
    }

    /** The router that apps get when they ask for none. */
    public RouterSettings defaultRouter() {
        return routers.stream().filter(RouterSettings::isDefault).findFirst().orElse(routers.getFirst());
    }
}
