/**
 * An expression for a page: the texts that it shows with less contrast than WCAG 2.2 demands at level AA
 * (1.4.3), each with its ratio.
 */
export const FAINT_TEXTS = `(() => {
  const channelsOf = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminanceOf = (color) => {
    const [red, green, blue] = channelsOf(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundOf = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return channelsOf(backgroundColor)[3] === 0 ? backgroundOf(element.parentElement) : backgroundColor;
  };
  const ratioOf = (element) => {
    const shades = [getComputedStyle(element).color, backgroundOf(element)].map(luminanceOf);
    return (Math.max(...shades) + 0.05) / (Math.min(...shades) + 0.05);
  };
  const hasText = ({ childNodes }) =>
    [...childNodes].some(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim());
  return [...document.body.querySelectorAll('*')]
    .filter((element) => element.checkVisibility() && hasText(element) && ratioOf(element) < 4.5)
    .map((element) => element.textContent.trim() + ': ' + ratioOf(element));
})()`;
