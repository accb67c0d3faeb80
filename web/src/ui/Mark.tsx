/** Our sign. It is a file beside the page, because the browser's tab shows the same. */
export function Mark({ size }: { size: number }) {
  return <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width={size} height={size} />
}
