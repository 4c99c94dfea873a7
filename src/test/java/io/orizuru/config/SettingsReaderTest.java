package io.orizuru.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.orizuru.secret.Secret;
import io.orizuru.testing.Certificates;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SettingsReaderTest {
    @TempDir
    Path directory;

    @Test
    void withoutAnythingEveryValueHasItsDefault() throws InvalidSettings {
        Settings settings = read(List.of(), Map.of());

        assertThat(settings.data()).isEqualTo(directory.resolve("data"));
        assertThat(settings.listen()).hasToString("127.0.0.1:8080");
        assertThat(settings.routerListen()).hasToString("127.0.0.1:8081");
        assertThat(settings.domain()).isEqualTo("apps.localhost");
        assertThat(settings.databaseUrl()).isNull();
        assertThat(settings.keyFile()).isEqualTo(directory.resolve("data/key.json"));
        assertThat(settings.adminEmail()).isEqualTo("admin@apps.localhost");
        assertThat(settings.adminPassword()).isNull();
        assertThat(settings.tls()).isNull();
        assertThat(settings.trustedProxies()).isEmpty();
        assertThat(settings.routers())
                .containsExactly(new Settings.RouterSettings("main", "builtin", "apps.localhost", Map.of(), true));
        assertThat(settings.defaultProvisioner()).isEqualTo("process");
        assertThat(settings.volumePlans()).isEmpty();
        assertThat(settings.userRegistration()).isFalse();
        assertThat(settings.outgoingAllowed()).isEmpty();
        assertThat(settings.limits()).isEqualTo(Settings.Limits.USUAL);
        assertThat(settings.shells()).isEqualTo(Settings.Shells.USUAL);
        assertThat(settings.autoscale()).isEqualTo(Settings.Autoscale.DEFAULT);
        assertThat(settings.wakeLimit()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.build()).isEqualTo(new Settings.BuildEnvironment(Map.of(), List.of()));
        assertThat(settings.logFormat()).isEqualTo(Settings.LogFormat.JSON);
    }

    @Test
    void aTerminalGetsAPrettyLogUnlessToldOtherwise() throws InvalidSettings {
        assertThat(SettingsReader.read(List.of(), Map.of(), directory, true).logFormat())
                .isEqualTo(Settings.LogFormat.PRETTY);
        assertThat(SettingsReader.read(List.of("--log-format", "json"), Map.of(), directory, true)
                        .logFormat())
                .isEqualTo(Settings.LogFormat.JSON);
    }

    @Test
    void aFlagWinsOverAVariableAndAVariableOverTheFile() throws Exception {
        file("domain: file.example.com");
        assertThat(read(List.of(), Map.of()).domain()).isEqualTo("file.example.com");

        Map<String, String> variables = Map.of("ORIZURU_DOMAIN", "variable.example.com");
        assertThat(read(List.of(), variables).domain()).isEqualTo("variable.example.com");
        assertThat(read(List.of("--domain=flag.example.com"), variables).domain())
                .isEqualTo("flag.example.com");
    }

    @Test
    void aFileThatIsNamedIsReadInsteadOfTheDefaultOneAndItsPathsStartAtIt() throws Exception {
        file("domain: default.example.com");
        Path other = Files.createDirectory(directory.resolve("etc")).resolve("other.yaml");
        Files.writeString(other, "data: state");

        Settings byFlag = read(List.of("--config", "etc/other.yaml"), Map.of());
        assertThat(byFlag.data()).isEqualTo(directory.resolve("etc/state"));
        assertThat(byFlag.domain()).isEqualTo("apps.localhost");
        assertThat(read(List.of(), Map.of("ORIZURU_CONFIG", other.toString()))).isEqualTo(byFlag);
    }

    @Test
    void everyPartOfTheFileIsRead() throws Exception {
        Path certificate = Files.createFile(directory.resolve("ca.pem"));
        file("""
                listen: "[::1]:9000"
                trusted-proxies: [10.0.0.0/8, "::1"]
                user-registration: true
                default-provisioner: docker
                routers:
                  - {name: main, domain: apps.example.com, default: true, options: {retries: 3}}
                  - {name: tls, type: builtin, domain: tls.example.com}
                volume-plans:
                  nfs:
                    docker: {driver: local, opt: {type: nfs}}
                outgoing: {allow: [127.0.0.0/8]}
                limits: {connections: 10, requests-per-token: 0}
                shells: {per-app: 2, idle-seconds: 60}
                autoscale: {interval-seconds: 30}
                sleep: {wake-seconds: 45}
                quotas: {apps-per-user: 8, units-per-app: 0}
                build:
                  environment: {PIP_NO_INPUT: 1}
                  files: [ca.pem]
                """);
        Settings settings = read(List.of(), Map.of());

        assertThat(settings.listen()).isEqualTo(new Endpoint("::1", 9000));
        assertThat(settings.trustedProxies()).containsExactly(Network.parse("10.0.0.0/8"), Network.parse("::1"));
        assertThat(settings.userRegistration()).isTrue();
        assertThat(settings.defaultProvisioner()).isEqualTo("docker");
        assertThat(settings.routers())
                .containsExactly(
                        new Settings.RouterSettings(
                                "main", "builtin", "apps.example.com", Map.of("retries", "3"), true),
                        new Settings.RouterSettings("tls", "builtin", "tls.example.com", Map.of(), false));
        assertThat(settings.volumePlans())
                .isEqualTo(Map.of("nfs", Map.of("docker", Map.of("driver", "local", "opt", Map.of("type", "nfs")))));
        assertThat(settings.outgoingAllowed()).containsExactly(Network.parse("127.0.0.0/8"));
        assertThat(settings.limits()).isEqualTo(new Settings.Limits(10, 512, 0, 18_000, 300));
        assertThat(settings.shells())
                .isEqualTo(new Settings.Shells(2, 50, Duration.ofMinutes(1), Duration.ofHours(12)));
        assertThat(settings.autoscale())
                .isEqualTo(new Settings.Autoscale(Duration.ofSeconds(30), Duration.ofMinutes(5)));
        assertThat(settings.wakeLimit()).isEqualTo(Duration.ofSeconds(45));
        assertThat(settings.quotas()).isEqualTo(new Settings.Quotas(8, -1, 0));
        assertThat(settings.build())
                .isEqualTo(new Settings.BuildEnvironment(Map.of("PIP_NO_INPUT", "1"), List.of(certificate)));
    }

    @Test
    void thePasswordComesFromItsVariableAndPrintsAsStars() throws InvalidSettings {
        Settings settings = read(List.of(), Map.of("ORIZURU_ADMIN_PASSWORD", "correct horse"));

        assertThat(settings.adminPassword()).isEqualTo(new Secret("correct horse"));
        assertThat(settings.toString()).doesNotContain("correct horse");
    }

    @Test
    void allProblemsComeAtOnce() throws IOException {
        file("colour: red");
        InvalidSettings e = assertThrows(
                InvalidSettings.class,
                () -> read(
                        List.of("--listen", "8080", "--unknown"),
                        Map.of("ORIZURU_LITSEN", "127.0.0.1:1", "ORIZURU_DOMAIN", "-")));

        assertThat(e.problems())
                .containsExactly(
                        "Unknown option: '--unknown'",
                        "ORIZURU_LITSEN: is not a setting",
                        "orizuru.yaml: colour: is not a setting",
                        "ORIZURU_DOMAIN: \"-\" is not a domain such as apps.example.com",
                        "--listen: \"8080\" is not an address such as 127.0.0.1:8080 or [::1]:8080");
    }

    @Test
    void aRouterIsToldItsRoutesOverASocketInTheDataDirectoryUnlessSaidOtherwise() throws Exception {
        Path socket = directory.toRealPath().resolve("data/router/admin.socket");
        Settings.RoutersApart own = read(List.of(), Map.of()).routersApart();
        assertThat(own.place()).isEqualTo(Settings.RouterPlace.OWN_PROCESS);
        assertThat(own.adminListen()).isEqualTo(new AdminListen.Unix(socket));
        assertThat(own.admins()).containsExactly(AdminListen.uri(socket));

        assertThat(read(List.of("--router", "in-process"), Map.of())
                        .routersApart()
                        .admins())
                .isEmpty();

        Settings.RoutersApart apart = read(
                        List.of("--no-router", "--router-admin-listen", "unix:my sockets/one"), Map.of())
                .routersApart();
        assertThat(apart.place()).isEqualTo(Settings.RouterPlace.NONE);
        assertThat(apart.adminListen()).isEqualTo(new AdminListen.Unix(directory.resolve("my sockets/one")));
        assertThat(apart.admins())
                .extracting(URI::getPath)
                .containsExactly(directory.resolve("my sockets/one").toString());

        file("""
                router: none
                router-admin: [unix:/run/one.socket, https://router.example.com:8082]
                """);
        assertThat(read(List.of(), Map.of()).routersApart().admins())
                .extracting(URI::toString)
                .containsExactly("unix:/run/one.socket", "https://router.example.com:8082");
    }

    @Test
    void routersHoldCertificatesWhereSomethingListensForTls() throws Exception {
        assertThat(read(List.of(), Map.of()).routers()).noneMatch(Settings.RouterSettings::tls);
        assertThat(read(List.of("--router-tls-listen", "127.0.0.1:8443"), Map.of())
                        .routers())
                .allMatch(Settings.RouterSettings::tls);
        file("""
                router-tls-listen: 127.0.0.1:8443
                routers:
                  - {name: usual}
                  - {name: old, type: hipache}
                  - {name: asked, type: hipache, tls: true}
                  - {name: without, tls: false}
                """);
        Settings settings = read(List.of(), Map.of());
        assertThat(settings.routerTlsListen()).isEqualTo(new Endpoint("127.0.0.1", 8443));
        assertThat(settings.routers())
                .filteredOn(Settings.RouterSettings::tls)
                .extracting(Settings.RouterSettings::name)
                .containsExactly("usual", "asked");
    }

    @ParameterizedTest
    @MethodSource
    void aBadFlagIsRefusedWithItsRule(List<String> flags, String problem) {
        assertThatThrownBy(() -> read(flags, Map.of())).hasMessage(problem);
    }

    static Stream<Arguments> aBadFlagIsRefusedWithItsRule() {
        return Stream.of(
                bad("--router: \"beside\" is none of own-process, in-process and none", "--router", "beside"),
                bad("--router: \"in-process\" does not go with --no-router", "--no-router", "--router", "in-process"),
                bad(
                        "--router-admin-listen: \"unix:\" is not unix: and a path that has no more than 107 bytes with all"
                                + " directories",
                        "--router-admin-listen",
                        "unix:"),
                bad(
                        "--listen: \"127.0.0.1:65536\" is not an address such as 127.0.0.1:8080 or [::1]:8080",
                        "--listen",
                        "127.0.0.1:65536"),
                bad(
                        "--listen: \"::1:80\" is not an address such as 127.0.0.1:8080 or [::1]:8080",
                        "--listen",
                        "::1:80"),
                bad(
                        "--router-listen: \":80\" is not an address such as 127.0.0.1:8080 or [::1]:8080",
                        "--router-listen",
                        ":80"),
                bad(
                        "--listen and --router-listen: both are 127.0.0.1:8081; they must differ",
                        "--listen",
                        "127.0.0.1:8081"),
                bad(
                        "--router-tls-listen: 127.0.0.1:8081 is --listen or --router-listen; they must differ",
                        "--router-tls-listen",
                        "127.0.0.1:8081"),
                bad(
                        "--domain: \"Apps.Example.com\" is not a domain such as apps.example.com",
                        "--domain",
                        "Apps.Example.com",
                        "--admin-email",
                        "a@b.example"),
                bad("--admin-email: \"root\" is not an e-mail address", "--admin-email", "root"),
                bad("--data: \"\" is not a path", "--data", "", "--key-file", "key"),
                bad("--tls-key: is missing; a certificate and its key go together", "--tls-certificate", "cert.pem"),
                bad("--tls-certificate: is missing; a certificate and its key go together", "--tls-key", "key.pem"),
                bad(
                        "--trusted-proxies: \"proxy.example.com\" is not a network such as 10.0.0.0/8",
                        "--trusted-proxies",
                        "10.0.0.1,proxy.example.com"),
                bad(
                        "--trusted-proxies: the prefix of \"10.0.0.0/33\" is not between 0 and 32",
                        "--trusted-proxies",
                        "10.0.0.0/33"),
                bad("--log-format: \"xml\" is neither json nor pretty", "--log-format", "xml"),
                bad(
                        "--key-file: is required with --database-url: every server of a database needs the same key",
                        "--database-url",
                        "postgresql://db.example.com/orizuru"),
                bad(
                        "--database-url: is not a URL such as postgresql://user:password@host:5432/orizuru",
                        "--database-url",
                        "mysql://user:hidden@db.example.com/orizuru",
                        "--key-file",
                        "key"),
                bad("Unmatched argument at index 0: 'now'", "now"),
                bad("Missing required parameter for option '--data' (DIR)", "--data"),
                bad(
                        "option '--domain' (NAME) should be specified only once",
                        "--domain",
                        "a.example",
                        "--domain=b.example"));
    }

    @ParameterizedTest
    @MethodSource
    void aBadFileIsRefusedWithItsPlace(String file, String problem) throws IOException {
        file(file);
        assertThatThrownBy(() -> read(List.of(), Map.of())).hasMessage(problem.replace("DIR", directory.toString()));
    }

    static Stream<Arguments> aBadFileIsRefusedWithItsPlace() {
        return Stream.of(
                in("- a", "DIR/orizuru.yaml: is not a mapping of settings"),
                in("domain: a.example\ndomain: b.example", "DIR/orizuru.yaml: line 2: Duplicate field 'domain'"),
                in("domain: {a: b}\nadmin-email: a@b.example", "orizuru.yaml: domain: is not a single value"),
                in(
                        "listen: localhost",
                        "orizuru.yaml: listen: \"localhost\" is not an address such as 127.0.0.1:8080"
                                + " or [::1]:8080"),
                in(
                        "quotas: {apps-per-user: -2}",
                        "orizuru.yaml: quotas.apps-per-user: \"-2\" is not a number of -1 to 1000000"),
                in("user-registration: maybe", "orizuru.yaml: user-registration: \"maybe\" is neither true nor false"),
                in("admin-password: secret", "orizuru.yaml: admin-password: is not a setting"),
                in(
                        "default-provisioner: Docker",
                        "orizuru.yaml: default-provisioner: \"Docker\" is not a name such as" + " process"),
                in(
                        "routers: [{name: main, tls: true}]",
                        "orizuru.yaml: routers[0].tls: is true, but nothing listens for TLS: set router-tls-listen"),
                in("routers: []", "orizuru.yaml: routers: is not a list of at least one router"),
                in("routers: [{name: a}, {name: a}]", "orizuru.yaml: routers[1].name: \"a\" is routers[0] already"),
                in(
                        "routers: [{name: a, type: carrier-pigeon}]",
                        "orizuru.yaml: routers[0].type: \"carrier-pigeon\" is"
                                + " not a type of router; there is builtin, which may be called hipache or planb"),
                in(
                        "routers: [{name: a, default: true}, {name: b, default: true}]",
                        "orizuru.yaml: routers[1].default: another router is the default one already"),
                in("routers: [{name: a, domian: a.example}]", "orizuru.yaml: routers[0].domian: is not a setting"),
                in(
                        "routers: [{name: a, domain: a_b}]",
                        "orizuru.yaml: routers[0].domain: \"a_b\" is not a domain such" + " as apps.example.com"),
                in(
                        "outgoing: {allow: [localhost]}",
                        "orizuru.yaml: outgoing.allow: \"localhost\" is not a network such" + " as 10.0.0.0/8"),
                in(
                        "shells: {per-app: -1}",
                        "orizuru.yaml: shells.per-app: \"-1\" is not a whole number from 0 to 1000"),
                Arguments.of(
                        "limits: {requests-per-token: -1}",
                        "orizuru.yaml: limits.requests-per-token: \"-1\" is not a whole number from 0 (no limit) to"
                                + " 1000000"),
                in("outgoing: {allow: 10.0.0.0/8}", "orizuru.yaml: outgoing.allow: is not a list"),
                in(
                        "units: {network: {range: 100.96.0.7/16}}",
                        "orizuru.yaml: units.network.range: \"100.96.0.7/16\" is not a network such as 100.96.0.0/16, from"
                                + " /10 to /24, given by its first address"),
                in(
                        "units: {network: {nameservers: [127.0.0.53]}}",
                        "orizuru.yaml: units.network.nameservers: \"127.0.0.53\" is not the address of a nameserver that"
                                + " units can reach, such as 192.0.2.53"),
                in(
                        "units: {network: {outside: some}}",
                        "orizuru.yaml: units.network.outside: \"some\" is neither all nor none"),
                in(
                        "build: {network: {deny: [\"10.0.0.0/8:0\"]}}",
                        "orizuru.yaml: build.network.deny: \"10.0.0.0/8:0\" is not a network such as 10.0.0.0/8 or"
                                + " 192.0.2.25:25"),
                in(
                        "units: {network: {reachable: [localhost:5432]}}",
                        "orizuru.yaml: units.network.reachable: \"localhost:5432\" is not a service of this machine such as"
                                + " 127.0.0.1:5432"),
                in("build: {network: {range: 100.96.0.0/16}}", "orizuru.yaml: build.network.range: is not a setting"),
                in(
                        "build: {files: [none.pem]}",
                        "orizuru.yaml: build.files: \"DIR/none.pem\" is not there or cannot be" + " read"),
                in(
                        "build: {environment: {a-b: c}}",
                        "orizuru.yaml: build.environment: \"a-b\" is not a variable's" + " name"),
                in("auth: {session-hours: 0}", "orizuru.yaml: auth.session-hours: \"0\" is not a number of 1 to 8760"),
                in(
                        "auth: {hide-unknown-users: maybe}",
                        "orizuru.yaml: auth.hide-unknown-users: \"maybe\" is neither true nor false"),
                in("mail: {from: a@b.example}", "orizuru.yaml: mail.host: \"\" is not a host name"),
                in(
                        "mail: {host: h, from: a@b.example, user: u}",
                        "orizuru.yaml: mail.user: a user and its password (ORIZURU_MAIL_PASSWORD) go together"),
                in(
                        "mail: {host: h, from: a@b.example, security: ssl}",
                        "orizuru.yaml: mail.security: \"ssl\" is neither starttls, tls nor none"),
                in("volume-plans: {nfs: local}", "orizuru.yaml: volume-plans.nfs: is not a mapping"));
    }

    @Test
    void filesOfBuildsAreFilesThatCanBeLookedThroughForSecrets() throws IOException {
        Files.createDirectory(directory.resolve("keys"));
        Files.write(directory.resolve("large.pem"), new byte[(1 << 20) + 1]);
        file("build: {files: {~/keys: keys, ~/large.pem: large.pem}}");
        InvalidSettings e = assertThrows(InvalidSettings.class, () -> read(List.of(), Map.of()));

        assertThat(e.problems())
                .containsExactlyInAnyOrder(
                        "orizuru.yaml: build.files: \"" + directory.resolve("keys")
                                + "\" is not a regular file: builds get files, no directories",
                        "orizuru.yaml: build.files: \"" + directory.resolve("large.pem")
                                + "\" has 1048577 bytes, more than 1048576, up to which secrets in it are masked in what"
                                + " builds print");
    }

    @Test
    void isolationIsWhatIsSaidElseRequiredOfRoot() throws InvalidSettings {
        Settings.Isolation usual = "root".equals(System.getProperty("user.name"))
                ? Settings.Isolation.REQUIRED
                : Settings.Isolation.BEST_EFFORT;
        assertThat(read(List.of(), Map.of()).units().isolation()).isEqualTo(usual);
        assertThat(read(List.of("--isolation", "best-effort"), Map.of()).units().isolation())
                .isEqualTo(Settings.Isolation.BEST_EFFORT);
        assertThat(read(List.of(), Map.of("ORIZURU_ISOLATION", "required"))
                        .units()
                        .isolation())
                .isEqualTo(Settings.Isolation.REQUIRED);
        assertThatThrownBy(() -> read(List.of("--isolation", "some"), Map.of()))
                .hasMessage("--isolation: \"some\" is neither required nor best-effort");
    }

    @Test
    void aNamedFileThatIsNotThereIsAnError() {
        assertThatThrownBy(() -> read(List.of("--config", "none.yaml"), Map.of()))
                .hasMessage(directory.resolve("none.yaml") + ": cannot be read (NoSuchFileException)");
    }

    @Test
    void aShortPasswordIsRefusedWithoutShowingIt() {
        assertThatThrownBy(() -> read(List.of(), Map.of("ORIZURU_ADMIN_PASSWORD", "short")))
                .hasMessage("ORIZURU_ADMIN_PASSWORD: has 5 characters, not 6 to 1024");
    }

    @Test
    void theMailServersPasswordMayStandInAVariableAndIsNeverShown() throws Exception {
        file("mail: {host: smtp.example.com, from: a@b.example, user: u, password: in the file, security: tls}");
        Settings.Mail mail = read(List.of(), Map.of("ORIZURU_MAIL_PASSWORD", "in a variable"))
                .mail();
        assertThat(mail)
                .isEqualTo(new Settings.Mail(
                        "smtp.example.com",
                        465,
                        "a@b.example",
                        "u",
                        new Secret("in a variable"),
                        Settings.MailSecurity.TLS,
                        null));
        assertThat(String.valueOf(mail)).doesNotContain("in a variable");
    }

    @Test
    void whoVouchesForTheMailServerIsReadBesideTheFile() throws Exception {
        Files.writeString(directory.resolve("ca.pem"), new Certificates(directory, "ca", "dns:a.b").certificatePem());
        file("mail: {host: smtp.example.com, from: a@b.example, authorities: ca.pem}");
        Settings.Mail mail = Objects.requireNonNull(read(List.of(), Map.of()).mail());
        assertThat(mail.authorities()).isEqualTo(directory.resolve("ca.pem"));
    }

    @ParameterizedTest
    @CsvSource({
        "'authorities: none.pem', 'mail.authorities: \"none.pem\" is not a file that can be read'",
        "'authorities: empty.pem', 'mail.authorities: \"empty.pem\" holds no certificate in PEM'",
        "'authorities: junk.pem', 'mail.authorities: \"junk.pem\" does not hold certificates in PEM'",
        "'authorities: empty.pem, security: none', 'mail.authorities: says whom to believe, but mail.security is none'"
    })
    void authoritiesOfMailThatCannotHoldAreToldAtTheStart(String mail, String problem) throws Exception {
        Files.writeString(directory.resolve("empty.pem"), "");
        Files.writeString(
                directory.resolve("junk.pem"), "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
        file("mail: {host: smtp.example.com, from: a@b.example, " + mail + "}");
        assertThatThrownBy(() -> read(List.of(), Map.of())).hasMessageContaining(problem);
    }

    @Test
    void theHelpNamesEveryFlag() {
        assertThat(SettingsReader.help("serve"))
                .contains(Stream.of(Setting.values()).map(Setting::flag).toList());
    }

    private static Arguments bad(String problem, String... flags) {
        return Arguments.of(List.of(flags), problem);
    }

    private static Arguments in(String file, String problem) {
        return Arguments.of(file, problem);
    }

    private Settings read(List<String> flags, Map<String, String> variables) throws InvalidSettings {
        return SettingsReader.read(flags, variables, directory, false);
    }

    private void file(String content) throws IOException {
        Files.writeString(directory.resolve("orizuru.yaml"), content);
    }
}
