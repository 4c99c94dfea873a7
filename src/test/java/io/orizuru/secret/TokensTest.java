package io.orizuru.secret;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class TokensTest {
    private final Tokens tokens = new Tokens(new SecureRandom());

    @Test
    void aTokenHas64HexadecimalDigitsAndIsNeverTheSame() {
        assertThat(tokens.create()).matches("[0-9a-f]{64}").isNotEqualTo(tokens.create());
    }

    @Test
    void theHashIsTheSha256OfTheText() {
        assertThat(HexFormat.of().formatHex(tokens.hash("abc")))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
