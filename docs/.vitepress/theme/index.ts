/** The default theme without its fonts, in the colours of this site. */
import theme from 'vitepress/theme-without-fonts';
import './style.css';

export default theme;
