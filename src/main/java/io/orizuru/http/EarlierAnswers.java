package io.orizuru.http;

import jakarta.ws.rs.core.Response;
import java.util.Optional;

/** What requests were answered that come again. */
public interface EarlierAnswers {
    /**
     * What came of the call before, when what its path names is not there: it may have removed that itself. Nothing when
     * this is not on record.
     */
    Optional<Response> of(Call call);
}
