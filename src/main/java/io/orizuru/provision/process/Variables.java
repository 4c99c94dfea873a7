package io.orizuru.provision.process;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The environments of builds and units, and what of it comes from where. */
final class Variables {
    /** What the server's own environment says about package registries and how to reach them. */
    private static final Set<String> PASSED_ON = Set.of(
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "NO_PROXY",
            "ALL_PROXY",
            "http_proxy",
            "https_proxy",
            "no_proxy",
            "all_proxy",
            "SSL_CERT_FILE",
            "SSL_CERT_DIR",
            "REQUESTS_CA_BUNDLE",
            "NODE_EXTRA_CA_CERTS",
            "GOPROXY",
            "GOSUMDB",
            "GONOSUMDB",
            "GONOPROXY",
            "GOPRIVATE");

    private Variables() {}

    /** What builds get from the operator: of the server's environment what concerns registries, then the settings. */
    static Map<String, String> operator(Map<String, String> server, Map<String, String> settings) {
        Map<String, String> variables = new TreeMap<>();
        server.forEach((name, value) -> {
            if (PASSED_ON.contains(name) || name.startsWith("PIP_") || name.startsWith("npm_config_")) {
                variables.put(name, value);
            }
        });
        variables.putAll(settings);
        return variables;
    }

    static Map<String, String> build(Map<String, String> operator, Map<String, String> app, String path, String home) {
        Map<String, String> variables = new TreeMap<>(Map.of(
                "LANG",
                "C.UTF-8",
                "PATH",
                path,
                // What is kept for the next build is there; pip, Go and others put it there by themselves.
                "npm_config_cache",
                home + "/.cache/npm",
                "GOMODCACHE",
                home + "/.cache/go-mod",
                // Else nobody but root could remove what Go downloads.
                "GOFLAGS",
                "-modcacherw"));
        variables.putAll(operator);
        variables.putAll(app);
        variables.put("HOME", home);
        return variables;
    }

    static Map<String, String> unit(Map<String, String> app, String process, int port, String path, String home) {
        Map<String, String> variables = unit(app, path, home);
        variables.put("PORT", Integer.toString(port));
        variables.put("PORT_" + process.replace('-', '_'), Integer.toString(port));
        return variables;
    }

    /** Of a unit that listens nowhere. */
    static Map<String, String> unit(Map<String, String> app, String path, String home) {
        Map<String, String> variables = new TreeMap<>(Map.of(
                "LANG", "C.UTF-8",
                "PATH", path,
                "NODE_ENV", "production",
                // Without it Python keeps its output back, and a crash takes it away.
                "PYTHONUNBUFFERED", "1"));
        variables.putAll(app);
        variables.put("HOME", home);
        return variables;
    }
}
