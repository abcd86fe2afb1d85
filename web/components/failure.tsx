/** Something went wrong with one form: said where it happened, and read out at once. */

export function Failure({ text }: { text: string | undefined }) {
  return <p class="failure" role="alert">{text}</p>;
}
