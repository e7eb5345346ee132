import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { faultsIn, Refused, sentenceOf } from "../../api/problems";
import { text } from "../../text";

/** Exchanges a token for the cookie. What is wrong is either the token, or Darkroom. */
export function useSignIn(onSignedIn: () => void) {
  const [isMissing, setIsMissing] = useState(false);
  const mutation = useMutation({
    mutationFn: async (token: string) => {
      const { error } = await api.POST("/api/v1/session", { body: { token } });
      if (error) throw new Refused(error);
    },
    onSuccess: onSignedIn,
  });
  const { error } = mutation;
  const isAboutToken = error instanceof Refused && error.problem.status < 500;
  return {
    signIn: (token: string) => {
      setIsMissing(token === "");
      if (token !== "") mutation.mutate(token);
    },
    forget: () => {
      setIsMissing(false);
      mutation.reset();
    },
    isBusy: mutation.isPending || mutation.isSuccess,
    refusal: isMissing
      ? text.login.missing
      : isAboutToken
        ? (faultsIn(error)[0]?.msg ?? sentenceOf(error))
        : null,
    outage: error !== null && !isAboutToken ? sentenceOf(error) : null,
  };
}
