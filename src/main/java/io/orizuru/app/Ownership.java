package io.orizuru.app;

import io.orizuru.config.Settings;
import io.orizuru.failure.Failure;
import io.orizuru.outgoing.TextRecords;
import io.orizuru.secret.Tokens;
import io.orizuru.secret.Vault;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.HexFormat;

/**
 * Whether a name belongs to who wants it for an app, where the settings ask for a proof: a TXT record that only who has the
 * name's zone can make, with a word that is the app's alone.
 */
@ApplicationScoped
class Ownership {
    private static final String PLACE = "_orizuru-challenge.";
    private static final String WORD = "orizuru-";
    private static final int WORD_LENGTH = 32;

    private final AppStore store;
    private final Vault vault;
    private final Tokens tokens;
    private final TextRecords records;
    private final boolean asked;

    Ownership(AppStore store, Vault vault, Tokens tokens, TextRecords records, Settings settings) {
        this.store = store;
        this.vault = vault;
        this.tokens = tokens;
        this.records = records;
        this.asked = settings.names().proven();
    }

    /**
     * Looks for the record of each name, unless no proof is asked for. Takes as long as DNS does: not for a transaction.
     *
     * @throws Failure forbidden, with the record to make; upstream, when DNS does not answer
     */
    void require(String app, Collection<PublicName> names) {
        if (!asked) {
            return;
        }
        String word = word(app);
        for (PublicName name : names) {
            String place = PLACE + name.base();
            if (!records.of(place).contains(word)) {
                throw Failure.forbidden("the name " + name + " is not shown to be yours: make the TXT record " + place
                        + " with the text \"" + word + "\", wait until DNS tells it, and add the name again");
            }
        }
    }

    /** What another app, or another one of this name later, does not know. */
    private String word(String app) {
        String token = vault.decrypt(store.token(app), PlatformVariables.tokenContext(app));
        return WORD + HexFormat.of().formatHex(tokens.hash("cname/" + token)).substring(0, WORD_LENGTH);
    }
}
