package io.orizuru.certificate;

import io.orizuru.failure.Failure;
import io.orizuru.secret.Secret;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;

/** Private keys of certificates. No message here tells anything of a key's content. */
final class PrivateKeys {
    static final String PKCS8 = "PRIVATE KEY";
    private static final String PKCS1 = "RSA PRIVATE KEY";
    private static final String SEC1 = "EC PRIVATE KEY";

    private static final int SHORTEST_RSA = 2048;
    private static final int LONGEST_RSA = 8192;
    private static final byte[] VERSION_0 = {2, 1, 0};
    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;

    private PrivateKeys() {}

    /**
     * Reads the one key of a text, in PKCS#8 or in the older forms of RSA and EC keys, and tries whether it belongs to a
     * certificate.
     *
     * @throws Failure when it is no key, is encrypted, too weak, or another one's
     */
    static PrivateKey of(Secret pem, PublicKey certified) {
        List<Pem.Block> blocks = Pem.blocks(pem.value()).stream()
                .filter(block -> block.label().endsWith(PKCS8))
                .toList();
        if (blocks.size() != 1) {
            throw Failure.invalid(
                    "the key has " + blocks.size() + " unencrypted private keys in PEM; it must be exactly one");
        }
        Pem.Block block = blocks.getFirst();
        boolean plain = List.of(PKCS8, PKCS1, SEC1).contains(block.label());
        byte[] bytes = block.bytes();
        if (!plain || bytes == null) {
            throw Failure.invalid("the key cannot be read: a " + block.label()
                    + " that is encrypted or damaged; it must be unencrypted PKCS#8, PKCS#1 or SEC 1 in PEM");
        }
        String kind = certified.getAlgorithm();
        if (!List.of("RSA", "EC", "EdDSA").contains(kind)) {
            throw Failure.invalid("the certificate's key is of the kind " + kind + "; it must be RSA, EC or Ed25519");
        }
        requireStrength(certified);
        PrivateKey key = read(kind, block.label().equals(PKCS8) ? bytes : wrapped(bytes, certified));
        requireSize(key, certified);
        if (!belongsTo(key, certified)) {
            throw another();
        }
        return key;
    }

    /** Weak ones are refused by clients; with enormous ones a few handshakes would keep a router busy. */
    private static void requireStrength(PublicKey certified) {
        if (certified instanceof RSAKey rsa) {
            int bits = rsa.getModulus().bitLength();
            if (bits < SHORTEST_RSA || bits > LONGEST_RSA) {
                throw Failure.invalid("the certificate's RSA key has " + bits + " bits; it must have " + SHORTEST_RSA
                        + " to " + LONGEST_RSA);
            }
        }
    }

    /** What is computed with a key takes as long as its numbers are; those that nobody certified may be of any length. */
    private static void requireSize(PrivateKey key, PublicKey certified) {
        if (!(certified instanceof RSAKey rsa)) {
            return;
        }
        int most = rsa.getModulus().bitLength();
        List<BigInteger> numbers =
                switch (key) {
                    case RSAPrivateCrtKey crt ->
                        List.of(
                                crt.getModulus(),
                                crt.getPublicExponent(),
                                crt.getPrivateExponent(),
                                crt.getPrimeP(),
                                crt.getPrimeQ(),
                                crt.getPrimeExponentP(),
                                crt.getPrimeExponentQ(),
                                crt.getCrtCoefficient());
                    case RSAPrivateKey plain -> List.of(plain.getModulus(), plain.getPrivateExponent());
                    default -> List.of();
                };
        if (numbers.isEmpty()
                || !numbers.getFirst().equals(rsa.getModulus())
                || numbers.stream().anyMatch(number -> number.signum() <= 0 || number.bitLength() > most)) {
            throw another();
        }
    }

    private static Failure another() {
        return Failure.invalid(
                "the key is not the certificate's: what it signs is not what the certificate vouches for");
    }

    private static PrivateKey read(String kind, byte[] pkcs8) {
        try {
            return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            // The cause may quote bytes of the key.
            throw Failure.invalid("the key cannot be read as one of the certificate's kind, " + kind);
        }
    }

    /** In the older forms only the key itself stands; what kind it is of says the certificate. */
    private static byte[] wrapped(byte[] key, PublicKey certified) {
        byte[] spki = certified.getEncoded();
        int start = header(spki, 0);
        byte[] algorithm = Arrays.copyOfRange(spki, start, end(spki, start));
        return tagged(SEQUENCE, VERSION_0, algorithm, tagged(OCTETS, key));
    }

    /** Where the content of the DER value at {@code from} starts. */
    private static int header(byte[] der, int from) {
        int length = der[from + 1] & 0xff;
        return from + 2 + (length < 0x80 ? 0 : length & 0x7f);
    }

    /** Where the DER value at {@code from} ends. */
    private static int end(byte[] der, int from) {
        int start = header(der, from);
        int length = der[from + 1] & 0xff;
        if (length >= 0x80) {
            length = 0;
            for (int i = from + 2; i < start; i++) {
                length = (length << 8) | (der[i] & 0xff);
            }
        }
        return start + length;
    }

    private static byte[] tagged(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(tag);
        int length = content.size();
        if (length < 0x80) {
            whole.write(length);
        } else {
            int bytes = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
            whole.write(0x80 | bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                whole.write(length >> (8 * i));
            }
        }
        whole.writeBytes(content.toByteArray());
        return whole.toByteArray();
    }

    private static boolean belongsTo(PrivateKey key, PublicKey certified) {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> "EdDSA";
                };
        byte[] probe = certified.getEncoded();
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(probe);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
