package io.orizuru.user;

import io.orizuru.failure.Failure;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;

/**
 * A public key as OpenSSH writes it (RFC 4253, section 6.6; RFC 5656; RFC 8709): its type, its content in base64, a comment.
 *
 * @param text type and content, without the comment
 * @param fingerprint as {@code ssh-keygen -l} shows it, such as {@code SHA256:…}
 */
record SshKey(String text, String fingerprint) {
    private static final int LONGEST = 16 << 10;
    private static final int SHORTEST_RSA_BITS = 2048;
    private static final int LONGEST_RSA_BITS = 16_384;
    private static final int ED25519_BYTES = 32;
    /** The bytes of an uncompressed point, by the curve's name. */
    private static final Map<String, Integer> POINTS = Map.of("nistp256", 65, "nistp384", 97, "nistp521", 133);

    /**
     * Reads a line of an {@code authorized_keys} file without options.
     *
     * @throws Failure invalid, if it is no public key, of a type that is not taken any more, or too weak
     */
    static SshKey parse(String line) {
        String[] words = line.strip().split("\\s+", 3);
        if (line.length() > LONGEST || line.strip().lines().count() != 1 || words.length < 2) {
            throw Failure.invalid("the key is not a public key as in id_ed25519.pub: a type, then base64, on one line");
        }
        String type = words[0];
        byte[] content;
        try {
            content = Base64.getDecoder().decode(words[1]);
            ByteBuffer in = ByteBuffer.wrap(content);
            if (!text(in).equals(type)) {
                throw Failure.invalid("the key says that it is of the type " + type + ", but its content is not");
            }
            checkStrength(type, in);
            if (in.hasRemaining()) {
                throw Failure.invalid("the key has more content than a key of the type " + type);
            }
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw Failure.invalid("the key's content is not that of a " + type + " key");
        }
        return new SshKey(type + " " + words[1], fingerprint(content));
    }

    private static void checkStrength(String type, ByteBuffer in) {
        switch (type) {
            case "ssh-ed25519" -> requireLength(type, block(in), ED25519_BYTES);
            case "sk-ssh-ed25519@openssh.com" -> {
                requireLength(type, block(in), ED25519_BYTES);
                block(in);
            }
            case "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521" -> checkPoint(type, in);
            case "sk-ecdsa-sha2-nistp256@openssh.com" -> {
                checkPoint(type, in);
                block(in);
            }
            case "ssh-rsa" -> checkRsa(new BigInteger(nonEmpty(block(in))), new BigInteger(nonEmpty(block(in))));
            case "ssh-dss" -> throw Failure.invalid("DSA keys are too weak; make another one: ssh-keygen -t ed25519");
            default ->
                throw Failure.invalid("\"" + shown(type)
                        + "\" is not a type of key that is taken; make another one: ssh-keygen -t ed25519");
        }
    }

    private static void checkRsa(BigInteger exponent, BigInteger modulus) {
        int bits = modulus.signum() <= 0 ? 0 : modulus.bitLength();
        if (bits < SHORTEST_RSA_BITS || bits > LONGEST_RSA_BITS) {
            throw Failure.invalid("an RSA key has " + SHORTEST_RSA_BITS + " to " + LONGEST_RSA_BITS + " bits, not "
                    + bits + "; make another one: ssh-keygen -t ed25519");
        }
        if (exponent.compareTo(BigInteger.TWO) <= 0 || !exponent.testBit(0) || !modulus.testBit(0)) {
            throw Failure.invalid("the key is no RSA key: its exponent or modulus cannot be");
        }
    }

    private static void checkPoint(String type, ByteBuffer in) {
        String curve = text(in);
        Integer length = POINTS.get(curve);
        if (length == null || !type.contains(curve)) {
            throw Failure.invalid("the key says that it is of the type " + type + ", but its curve is another one");
        }
        byte[] point = block(in);
        requireLength(type, point, length);
        if (point[0] != 4) {
            throw Failure.invalid("the point of the " + type + " key is compressed, which is not taken");
        }
    }

    private static void requireLength(String type, byte[] block, int length) {
        if (block.length != length) {
            throw Failure.invalid("the content of a " + type + " key has " + length + " bytes, not " + block.length);
        }
    }

    private static byte[] nonEmpty(byte[] block) {
        return block.length == 0 ? new byte[] {0} : block;
    }

    private static String text(ByteBuffer in) {
        return new String(block(in), StandardCharsets.US_ASCII);
    }

    private static byte[] block(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] block = new byte[length];
        in.get(block);
        return block;
    }

    private static String shown(String type) {
        return type.length() <= 40 ? type : type.substring(0, 40) + "…";
    }

    private static String fingerprint(byte[] content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
