package io.orizuru.mail;

/** Brings a mail on its way. */
interface Carrier {
    /**
     * Returns once somebody else is responsible for the mail.
     *
     * @param id names it; the same one when it is brought again
     * @throws UndeliveredException if nobody is
     */
    void carry(String id, Message message) throws UndeliveredException;

    /** A mail could not be handed over. Its message is for operators, and never holds the mail's text. */
    final class UndeliveredException extends Exception {
        private static final long serialVersionUID = 1L;

        /** Whether trying again cannot help. */
        private final boolean lasting;

        UndeliveredException(String message, boolean lasting) {
            super(message);
            this.lasting = lasting;
        }

        boolean isLasting() {
            return lasting;
        }
    }
}
