package io.orizuru.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.failure.Failure;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SshKeyTest {
    private static byte[] block(byte[] content) {
        return ByteBuffer.allocate(4 + content.length)
                .putInt(content.length)
                .put(content)
                .array();
    }

    private static String key(String type, byte[]... blocks) {
        ByteBuffer content = ByteBuffer.allocate(64 << 10);
        content.put(block(type.getBytes(StandardCharsets.US_ASCII)));
        for (byte[] block : blocks) {
            content.put(block(block));
        }
        byte[] written = new byte[content.position()];
        content.flip().get(written);
        return type + " " + Base64.getEncoder().encodeToString(written);
    }

    private static String rsa(int bits) {
        BigInteger modulus = BigInteger.ONE.shiftLeft(bits - 1).setBit(0);
        return key("ssh-rsa", BigInteger.valueOf(65_537).toByteArray(), modulus.toByteArray());
    }

    @Test
    void aKeyIsKeptWithoutItsComment() {
        String key = key("ssh-ed25519", new byte[32]);
        assertThat(SshKey.parse("  " + key + "   me@my laptop \n").text()).isEqualTo(key);
        assertThat(SshKey.parse(key).fingerprint()).startsWith("SHA256:").hasSize(50);
    }

    @Test
    void theUsualTypesAreTaken() {
        byte[] point = new byte[65];
        point[0] = 4;
        assertThat(SshKey.parse(key("ecdsa-sha2-nistp256", "nistp256".getBytes(StandardCharsets.US_ASCII), point)))
                .isNotNull();
        assertThat(SshKey.parse(
                        key("sk-ssh-ed25519@openssh.com", new byte[32], "ssh:".getBytes(StandardCharsets.US_ASCII))))
                .isNotNull();
        assertThat(SshKey.parse(rsa(3072))).isNotNull();
    }

    @Test
    void weakKeysAreRefused() {
        assertThatThrownBy(() -> SshKey.parse(rsa(1024)))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("not 1024");
        assertThatThrownBy(() -> SshKey.parse(key("ssh-dss", new byte[128]))).hasMessageContaining("DSA");
    }

    @Test
    void aTypeThatTheContentDoesNotHaveIsRefused() {
        String content = key("ssh-ed25519", new byte[32]).split(" ")[1];
        assertThatThrownBy(() -> SshKey.parse("ssh-rsa " + content)).isInstanceOf(Failure.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ssh-ed25519",
                "ssh-ed25519 !!!",
                "ssh-ed25519 AAAA",
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA/////w==",
                "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----",
                "command=\"x\" ssh-ed25519 AAAA"
            })
    void whatIsNoPublicKeyIsRefused(String line) {
        assertThatThrownBy(() -> SshKey.parse(line)).isInstanceOf(Failure.class);
    }
}
